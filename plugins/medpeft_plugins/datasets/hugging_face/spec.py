"""The spec of a dataset on the Hub."""

from __future__ import annotations

from pathlib import Path

from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import DatasetSpec, Hyperparameter

PREFIX = "hf:"


def resolve(name: str) -> DatasetSpec:
    """Makes the spec of ``hf:REPO``, ``hf:REPO@REVISION`` or ``hf:FOLDER``.

    The name of a folder keeps the last part of the path alone.

    Raises:
        DataError: Neither is named.
    """
    repository = name.removeprefix(PREFIX)
    if not repository or repository.startswith("@"):
        raise DataError(
            "hf: names no repository", where=name, expected=f"{PREFIX}owner/name@REVISION"
        )
    folder = folder_of(name)
    return DatasetSpec(
        name=PREFIX + (folder.name if folder else repository),
        title=f"{folder.name if folder else repository}, read by the library datasets",
        modality="any",
        options=(
            _text("image", "image", "Column with the image."),
            _text(
                "label",
                "label",
                "Column with the class, an index with names or a text; or with a list of them, for "
                "labels that do not exclude each other.",
            ),
            _text("group", "", "Column with the patient, lesion or study that is not parted."),
            _text("config", "", "Configuration of the repository."),
        ),
        licence="see the repository",
        access="a folder of the user's"
        if folder
        else f"huggingface.co/datasets/{repository.partition('@')[0]}",
        layout="any form that load_dataset opens",
    )


def folder_of(name: str) -> Path | None:
    """Returns the folder that ``hf:FOLDER`` states; ``None`` where it names a repository."""
    path = Path(name.removeprefix(PREFIX)).expanduser()
    return path.resolve() if path.is_dir() else None


def _text(name: str, default: str, description: str) -> Hyperparameter:
    return Hyperparameter(name=name, type="str", default=default, description=description)
