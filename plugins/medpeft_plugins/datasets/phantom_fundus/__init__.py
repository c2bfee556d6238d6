"""Synthetic fundus photographs: an embedded dataset with and without glaucoma."""

from medpeft_sdk.specs import DatasetSpec

SPEC = DatasetSpec(
    name="phantom_fundus",
    title="Synthetic fundus photographs, with glaucoma or without (generated, no patients)",
    classes=("non-glaucoma", "glaucoma"),
    modality="fundus photograph",
    group="patient",
    attributes=("source", "sex", "age", "eye"),
    licence="Apache-2.0",
    access="generated from a seed; needs no files",
    counts={"non-glaucoma": 1285, "glaucoma": 820},
    defects=(
        "glaucoma is more frequent in some sources than in others, so that the source tells "
        "something of the label (attribute source)",
    ),
    synthetic=True,
)
ADDRESS = "medpeft_plugins.datasets.phantom_fundus.reader:PhantomFundus"
