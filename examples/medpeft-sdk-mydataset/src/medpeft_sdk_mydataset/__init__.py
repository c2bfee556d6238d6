"""Registers the dataset `mydataset`. This module imports no image library; `dataset` does."""

from medpeft_sdk import hookimpl
from medpeft_sdk.registry import Registrar
from medpeft_sdk.specs import DatasetSpec, Hyperparameter

MYDATASET = DatasetSpec(
    name="mydataset",
    title="Scans of a hospital, healthy or ill",
    classes=("healthy", "ill"),
    modality="radiograph",
    group="patient",
    attributes=("sex",),
    options=(
        Hyperparameter(
            name="blurred",
            type="str",
            default="drop",
            choices=("drop", "keep"),
            description="Scans that the table calls blurred.",
        ),
    ),
    redefining=("blurred",),
    licence="the hospital's own",
    access="ask the hospital",
    layout="scans.csv, with the columns file, patient, finding, sex, quality\nimages/<file>",
)


@hookimpl
def medpeft_register_datasets(register: Registrar[DatasetSpec]) -> None:
    """Registers the dataset; its class is imported when its files are read."""
    register(MYDATASET, "medpeft_sdk_mydataset.dataset:MyDataset")
