"""The spec of a dataset on the Hub."""

from __future__ import annotations

from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import DatasetSpec, Hyperparameter

PREFIX = "hf:"


def resolve(name: str) -> DatasetSpec:
    """Makes the spec of ``hf:REPO`` or ``hf:REPO@REVISION``.

    Raises:
        DataError: No repository is named.
    """
    repository = name.removeprefix(PREFIX)
    if not repository or repository.startswith("@"):
        raise DataError(
            "hf: names no repository", where=name, expected=f"{PREFIX}owner/name@REVISION"
        )
    return DatasetSpec(
        name=name,
        title=f"{repository} of the Hugging Face Hub",
        modality="any",
        options=(
            _column("image", "image", "Column with the image."),
            _column("label", "label", "Column with the class: an index with names, or a text."),
            _column("group", "", "Column with the patient, lesion or study that is not parted."),
            _column("config", "", "Configuration of the repository."),
        ),
        licence="see the repository",
        access=f"huggingface.co/datasets/{repository.partition('@')[0]}",
    )


def _column(name: str, default: str, description: str) -> Hyperparameter:
    return Hyperparameter(name=name, type="str", default=default, description=description)
