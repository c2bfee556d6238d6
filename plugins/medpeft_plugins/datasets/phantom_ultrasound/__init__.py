"""Synthetic breast ultrasound: an embedded dataset that needs no files.

Nothing here comes from patients. Each image is a function of the set's version, a patient number
and a view, so that any of them can be generated alone.
"""

from medpeft_sdk.specs import DatasetSpec

SPEC = DatasetSpec(
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
ADDRESS = "medpeft_plugins.datasets.phantom_ultrasound.reader:PhantomUltrasound"
