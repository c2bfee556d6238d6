"""BUSI: breast ultrasound, as Cairo University ships it."""

from medpeft_sdk.specs import DatasetSpec, Hyperparameter

SPEC = DatasetSpec(
    name="busi",
    title="BUSI: breast ultrasound images, normal, benign and malignant",
    classes=("benign", "malignant", "normal"),
    modality="ultrasound",
    group="near-duplicates",
    options=(
        Hyperparameter(
            name="twins",
            type="str",
            default="group",
            choices=("group", "keep", "drop"),
            description="Images that nearly repeat another: kept on one side of every split; kept "
            "as if they were unrelated, as the benchmark's authors seem to have done; or left out "
            "but for the first, and wholly where their classes differ.",
        ),
    ),
    redefining=("twins",),
    licence="stated differently by its mirrors (CC BY 4.0, other): check your source",
    access="Cairo University, or Kaggle aryashah2k/breast-ultrasound-images-dataset",
    citation="Al-Dhabyani et al. 2020, Dataset of breast ultrasound images, Data in Brief 28",
    layout=(
        "Dataset_BUSI_with_GT/\n"
        "  benign/benign (1).png, benign (1)_mask.png, …\n"
        "  malignant/…\n"
        "  normal/…"
    ),
    counts={"benign": 437, "malignant": 210, "normal": 133},
    defects=(
        "no patient is named; images that nearly repeat another are known by their pixels alone "
        "(option twins)",
        "some lesions stand in both benign and malignant; about 70 images show the axilla; some "
        "carry marks and text (Pawlowska et al. 2023)",
    ),
    version="3",
)
ADDRESS = "medpeft_plugins.datasets.busi.reader:Busi"
