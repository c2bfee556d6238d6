"""The built-in datasets: two kinds of folders on disk, and one set that is generated."""

from __future__ import annotations

from medpeft_sdk.registry import Registrar, hookimpl
from medpeft_sdk.specs import DatasetSpec

BUSI = DatasetSpec(
    name="busi",
    title="BUSI: breast ultrasound images, normal, benign and malignant",
    classes=("benign", "malignant", "normal"),
    modality="ultrasound",
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
)

PHANTOM_ULTRASOUND = DatasetSpec(
    name="phantom_ultrasound",
    title="Synthetic breast ultrasound (generated phantoms, no patients)",
    classes=("benign", "malignant", "normal"),
    modality="ultrasound",
    group="patient",
    licence="Apache-2.0",
    access="generated from a seed; needs no files",
    counts={"benign": 1250, "malignant": 602, "normal": 382},
    synthetic=True,
)


@hookimpl
def medpeft_register_datasets(register: Registrar[DatasetSpec]) -> None:
    """Registers the built-in datasets."""
    here = "medpeft_plugins.datasets"
    register(BUSI, f"{here}.busi:Busi")
    register(PHANTOM_ULTRASOUND, f"{here}.phantom_ultrasound:PhantomUltrasound")
    register.namespace(
        "folder:",
        resolver=f"{here}.folder:resolve",
        address=f"{here}.folder:ImageFolder",
        description="any folder of images: one folder for each class, or train, val, test inside",
        example="folder:path/to/images",
    )
