"""HAM10000: dermatoscopic images, as Harvard Dataverse and Kaggle ship them."""

from medpeft_plugins.datasets.policies import MISSING
from medpeft_sdk.specs import DatasetSpec, Hyperparameter

SPEC = DatasetSpec(
    name="ham10000",
    title="HAM10000: dermatoscopic images of pigmented skin lesions",
    classes=("akiec", "bcc", "bkl", "df", "nv", "mel", "vasc"),
    modality="dermoscopy",
    group="lesion",
    attributes=("sex", "age", "localization", "dx_type", "source"),
    options=(
        Hyperparameter(
            name="split",
            type="str",
            default="lesion",
            choices=("lesion", "image"),
            description="What a split keeps together: all images of a lesion, or nothing, as the "
            "benchmark's authors seem to have done.",
        ),
        MISSING,
    ),
    redefining=("split",),
    licence="non-commercial (CC BY-NC 4.0 on ISIC, CC BY-NC-SA 4.0 on Kaggle): check your source",
    access="Harvard Dataverse doi:10.7910/DVN/DBW86T, or Kaggle kmader/skin-cancer-mnist-ham10000",
    citation="Tschandl et al. 2018, The HAM10000 dataset, Scientific Data 5",
    layout=(
        "HAM10000_metadata.csv (HAM10000_metadata on Dataverse)\n"
        "HAM10000_images_part_1/ISIC_0024306.jpg, …\n"
        "HAM10000_images_part_2/…\n"
        "(or all images in one folder of any name)"
    ),
    counts={
        "akiec": 327,
        "bcc": 514,
        "bkl": 1099,
        "df": 115,
        "nv": 6705,
        "mel": 1113,
        "vasc": 142,
    },
    defects=("10,015 images show 7,470 lesions: a split by image leaks (option split)",),
)
ADDRESS = "medpeft_plugins.datasets.ham10000.reader:Ham10000"
