"""Synthetic clinical photographs of skin: an embedded dataset with skin types."""

from medpeft_sdk.specs import DatasetSpec

SPEC = DatasetSpec(
    name="phantom_clinical",
    title="Synthetic clinical photographs of skin conditions (generated phantoms, no patients)",
    classes=("benign", "malignant", "non-neoplastic"),
    modality="clinical photograph",
    attributes=("skin_type", "condition"),
    licence="Apache-2.0",
    access="generated from a seed; needs no files",
    counts={"benign": 300, "malignant": 304, "non-neoplastic": 1596},
    synthetic=True,
)
ADDRESS = "medpeft_plugins.datasets.phantom_clinical.reader:PhantomClinical"
