"""SMDG-19: standardised fundus images of nineteen glaucoma sets."""

from medpeft_plugins.datasets.policies import MISSING
from medpeft_sdk.specs import DatasetSpec, Hyperparameter

SPEC = DatasetSpec(
    name="smdg",
    title="SMDG-19: fundus photographs with and without glaucoma, from nineteen sets",
    classes=("non-glaucoma", "glaucoma"),
    modality="fundus photograph",
    group="patient",
    attributes=("source", "sex", "age", "eye"),
    options=(
        Hyperparameter(
            name="suspects",
            type="str",
            default="drop",
            choices=("drop", "class"),
            description="Eyes suspected of glaucoma: left out, as the benchmark's authors seem to "
            "have done, or a class of their own.",
        ),
        Hyperparameter(
            name="split",
            type="str",
            default="patient",
            choices=("patient", "image"),
            description="What a split keeps together: the eyes of a patient, as far as the table "
            "tells, or nothing, as the benchmark's authors seem to have done.",
        ),
        MISSING,
    ),
    redefining=("suspects", "split"),
    licence="mixed: that of each source",
    access="Kaggle deathtrooper/multichannel-glaucoma-benchmark-dataset",
    citation="Kiefer et al. 2023, A catalog of public glaucoma datasets for machine learning "
    "applications",
    layout=(
        "metadata - standardized.csv\n"
        "full-fundus/full-fundus/<names>.png (or full-fundus/<names>.png)\n"
        "(the folders of masks and scans beside it are not read)"
    ),
    counts={"non-glaucoma": 7499, "glaucoma": 4817},
    defects=(
        "some sources hold one class only, so that the source gives the label away (attribute "
        "source)",
        "133 eyes are only suspected of glaucoma (option suspects)",
        "only PAPILA, ODIR, CRFO and a few of BEH tell whose eyes are whose: elsewhere, both eyes "
        "of a patient can stand on both sides of a split",
        "an older table lists 12,049 images, without those of FIVES",
    ),
)
ADDRESS = "medpeft_plugins.datasets.smdg.reader:Smdg"
