"""Synthetic dermoscopy: an embedded dataset of seven kinds of pigmented skin lesions."""

from medpeft_sdk.specs import DatasetSpec

SPEC = DatasetSpec(
    name="phantom_dermoscopy",
    title="Synthetic dermoscopy of pigmented skin lesions (generated phantoms, no patients)",
    classes=("akiec", "bcc", "bkl", "df", "nv", "mel", "vasc"),
    modality="dermoscopy",
    group="lesion",
    attributes=("sex", "age", "localization", "source"),
    licence="Apache-2.0",
    access="generated from a seed; needs no files",
    counts={
        "akiec": 78,
        "bcc": 123,
        "bkl": 264,
        "df": 55,
        "nv": 1608,
        "mel": 257,
        "vasc": 56,
    },
    synthetic=True,
)
ADDRESS = "medpeft_plugins.datasets.phantom_dermoscopy.reader:PhantomDermoscopy"
