"""Synthetic chest radiographs: an embedded dataset with and without pneumonia."""

from medpeft_sdk.specs import DatasetSpec

SPEC = DatasetSpec(
    name="phantom_chest",
    title="Synthetic chest radiographs, with pneumonia or without (generated, no patients)",
    classes=("no pneumonia", "pneumonia"),
    modality="chest radiograph",
    group="patient",
    attributes=("sex", "age", "view"),
    licence="Apache-2.0",
    access="generated from a seed; needs no files",
    counts={"no pneumonia": 1550, "pneumonia": 450},
    synthetic=True,
)
ADDRESS = "medpeft_plugins.datasets.phantom_chest.reader:PhantomChest"
