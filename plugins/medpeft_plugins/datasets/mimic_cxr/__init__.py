"""MIMIC-CXR: chest radiographs with their reports."""

from medpeft_plugins.datasets.policies import MISSING
from medpeft_sdk.specs import DatasetSpec, Hyperparameter

SPEC = DatasetSpec(
    name="mimic_cxr",
    title="MIMIC-CXR: chest radiographs with the text of their reports",
    task="text_to_image",
    modality="chest radiograph",
    group="patient",
    attributes=("study", "view"),
    options=(
        Hyperparameter(
            name="text",
            type="str",
            default="impression",
            choices=("impression", "findings", "both"),
            description="Sections of the report; an image whose report lacks one is left out.",
        ),
        Hyperparameter(
            name="views",
            type="str",
            default="frontal",
            choices=("frontal", "all"),
            description="Frontal views (PA and AP), or every image.",
        ),
        MISSING,
    ),
    licence="PhysioNet Credentialed Health Data License 1.5.0: nothing may be passed on",
    access="PhysioNet mimic-cxr-jpg and mimic-cxr, with credentials and a signed agreement",
    citation="Johnson et al. 2019, MIMIC-CXR-JPG, a large publicly available database of labeled "
    "chest radiographs",
    layout=(
        "files/p10/p10000032/s50414267/<dicom_id>.jpg (or .dcm)\n"
        "files/p10/p10000032/s50414267.txt (mimic-cxr-reports.zip, unpacked here or into "
        "mimic-cxr-reports/)\n"
        "mimic-cxr-2.0.0-metadata.csv.gz, mimic-cxr-2.0.0-split.csv.gz (or unpacked)"
    ),
    defects=(
        "some reports have neither section, or only one (option text)",
        "which 110,000 pairs the benchmark's authors took, by view and length, is not known",
        "the tables are called 2.0.0 in version 2.1.0 too",
    ),
)
ADDRESS = "medpeft_plugins.datasets.mimic_cxr.reader:MimicCxr"
