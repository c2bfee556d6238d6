"""The spec of a table: its options name the columns."""

from __future__ import annotations

from pathlib import Path

from medpeft_plugins.datasets.listed import MISSING
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import DatasetSpec, Hyperparameter

PREFIX = "csv:"


def resolve(name: str) -> DatasetSpec:
    """Makes the spec of ``csv:PATH``; its name keeps the last part of the path alone.

    Raises:
        DataError: The path is empty.
    """
    path = file_of(name)
    return DatasetSpec(
        name=PREFIX + path.name,
        title=f"Images of the table {path.name}",
        modality="any",
        options=(
            _column("path", "path", "Column with each image's path, relative to the images."),
            _column(
                "label",
                "label",
                "Column with the class; several columns of 0 and 1, joined by +, for labels that "
                "do not exclude each other; one column of two values for a binary task.",
            ),
            _column("group", "", "Column with the patient, lesion or study that is not parted."),
            _column("split", "", "Column with train, val or test."),
            _column("text", "", "Column with what is written about the image."),
            _column("attributes", "", "Further columns, joined by +, such as sex+age."),
            _column("images", ".", "The folder of the images, relative to the table."),
            MISSING,
        ),
        licence="the user's own",
        access="a table of the user's",
        layout="a header, then a row for each image",
    )


def file_of(name: str) -> Path:
    """Returns the table that a name states."""
    stated = name.removeprefix(PREFIX)
    if not stated:
        raise DataError("csv: names no table", where=name, expected=f"{PREFIX}PATH")
    return Path(stated).expanduser().resolve()


def _column(name: str, default: str, description: str) -> Hyperparameter:
    return Hyperparameter(name=name, type="str", default=default, description=description)
