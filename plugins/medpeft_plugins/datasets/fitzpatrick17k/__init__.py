"""Fitzpatrick17k: clinical images of skin conditions, with skin types."""

from medpeft_plugins.datasets.policies import MISSING
from medpeft_sdk.specs import DatasetSpec, Download, Hyperparameter

_REVISION = "fac223ae67788c7cd48c9384b673919b84efcce3"

SPEC = DatasetSpec(
    name="fitzpatrick17k",
    title="Fitzpatrick17k: clinical images of skin conditions, with skin types",
    classes=("benign", "malignant", "non-neoplastic"),
    modality="clinical photograph",
    attributes=("skin_type", "condition"),
    options=(
        Hyperparameter(
            name="labels",
            type="str",
            default="three",
            choices=("three", "two", "nine", "conditions"),
            description="The table's partition into three kinds, as the benchmark's authors use; "
            "malignant or not; its partition into nine kinds; its 114 conditions.",
        ),
        Hyperparameter(
            name="unknown_skin",
            type="str",
            default="keep",
            choices=("keep", "drop"),
            description="Images without a skin type; the benchmark's authors seem to drop them.",
        ),
        Hyperparameter(
            name="wrong",
            type="str",
            default="drop",
            choices=("keep", "drop"),
            description="Images that the table's own quality check calls wrongly labelled.",
        ),
        MISSING,
    ),
    redefining=("labels", "unknown_skin", "wrong"),
    licence="annotations CC BY-NC-SA 3.0; images belong to the atlases that they come from",
    access="the table: github.com/mattgroh/fitzpatrick17k; the images: from the addresses in it, "
    "or by its authors' form",
    citation="Groh et al. 2021, Evaluating Deep Neural Networks Trained on Clinical Images in "
    "Dermatology with the Fitzpatrick 17k Dataset, CVPR workshops",
    layout=(
        "fitzpatrick17k.csv\n"
        "finalfitz17k/<md5hash>.jpg (a folder of any name; or named as in url_alphanum)"
    ),
    counts={"benign": 2230, "malignant": 2262, "non-neoplastic": 12068},
    defects=(
        "565 rows have no skin type (option unknown_skin)",
        "17 rows are marked as wrongly labelled (option wrong)",
        "no patient is named: several images of one can stand on both sides of a split",
        "41 rows have no address, and many addresses are dead (option missing)",
    ),
    downloads=(
        Download(
            file="fitzpatrick17k.csv",
            url=f"https://raw.githubusercontent.com/mattgroh/fitzpatrick17k/{_REVISION}/"
            "fitzpatrick17k.csv",
            digest="sha256:851dfaabf1791c2a8b1c2957619f3e0673cf0002f4ce924a5c02d185c7d4a1cd",
        ),
    ),
)
ADDRESS = "medpeft_plugins.datasets.fitzpatrick17k.reader:Fitzpatrick17k"
