"""RSNA Pneumonia Detection Challenge 2018: chest radiographs in DICOM."""

from medpeft_plugins.datasets.policies import MISSING
from medpeft_sdk.specs import DatasetSpec, Hyperparameter

SPEC = DatasetSpec(
    name="rsna_pneumonia",
    title="RSNA Pneumonia Detection Challenge: chest radiographs with and without lung opacity",
    classes=("no pneumonia", "pneumonia"),
    modality="chest radiograph",
    group="patient",
    attributes=("sex", "age", "view"),
    options=(
        Hyperparameter(
            name="labels",
            type="str",
            default="two",
            choices=("two", "three"),
            description="Lung opacity or not, as the benchmark's authors seem to have; or normal, "
            "abnormal without opacity, and opacity.",
        ),
        Hyperparameter(
            name="headers",
            type="bool",
            default=True,
            description="Whether sex, age and view are read from each file's header, which takes "
            "some seconds.",
        ),
        MISSING,
    ),
    redefining=("labels",),
    unnamed=("headers",),
    licence="the challenge's rules: use with attribution",
    access="Kaggle competition rsna-pneumonia-detection-challenge, with an account",
    citation="Shih et al. 2019, Augmenting the National Institutes of Health Chest Radiograph "
    "Dataset with Expert Annotations of Possible Pneumonia, Radiology: AI 1",
    layout=(
        "stage_2_train_images/<patientId>.dcm\n"
        "stage_2_train_labels.csv\n"
        "stage_2_detailed_class_info.csv (for labels=three)"
    ),
    counts={"no pneumonia": 20672, "pneumonia": 6012},
    defects=(
        "the tables have a row for each box, so that a patient stands in several",
        "some ages in the files' headers are beyond those of people",
    ),
)
ADDRESS = "medpeft_plugins.datasets.rsna_pneumonia.reader:RsnaPneumonia"
