"""Synthetic chest radiographs with report sentences: an embedded set for text to image."""

from medpeft_sdk.specs import DatasetSpec

SPEC = DatasetSpec(
    name="phantom_report",
    title="Synthetic chest radiographs with report sentences (generated, no patients)",
    task="text_to_image",
    modality="chest radiograph",
    group="patient",
    attributes=("study", "view"),
    licence="Apache-2.0",
    access="generated from a seed; needs no files",
    synthetic=True,
)
ADDRESS = "medpeft_plugins.datasets.phantom_report.reader:PhantomReport"
