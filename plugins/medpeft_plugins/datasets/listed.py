"""Images that a table lists: finding their files, whatever folders a repackaging put them in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from medpeft_plugins.datasets.files import SUFFIXES
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import Hyperparameter

MISSING = Hyperparameter(
    name="missing",
    type="str",
    default="fail",
    choices=("fail", "drop"),
    description="What is done about images that the table lists and the folder lacks.",
)


def find_table(root: Path, names: Sequence[str]) -> Path:
    """Returns the first of some files that a folder holds.

    Raises:
        DataError: It holds none of them.
    """
    for name in names:
        if (root / name).is_file():
            return root / name
    raise DataError(
        f"the table {names[0]} is missing",
        where=str(root),
        expected=" or ".join(names),
        mend="unpack the whole set, and point to the folder that holds this file",
    )


def find_images(root: Path, *, suffixes: Sequence[str] = SUFFIXES) -> dict[str, Path]:
    """Returns all image files below a folder by their stems; of several, the first by path.

    Raises:
        DataError: The folder cannot be read.
    """

    def unreadable(error: OSError) -> None:
        raise DataError(
            f"a folder cannot be read: {error.strerror}",
            where=str(error.filename),
            expected="a readable folder",
        ) from error

    found: dict[str, Path] = {}
    for folder, inner, names in os.walk(root, onerror=unreadable):
        inner[:] = sorted(n for n in inner if not n.startswith((".", "__MACOSX")))
        for name in sorted(names):
            file = Path(folder, name)
            if file.suffix.lower() in suffixes and not name.startswith("."):
                found.setdefault(file.stem, file)
    return found


def present(
    names: Sequence[str],
    files: dict[str, Path],
    *,
    table: Path,
    root: Path,
    dataset: str,
    missing: str,
) -> tuple[list[int], tuple[str, ...]]:
    """Returns the rows of a table whose images are there, and what is to be told of the others.

    Args:
        names: The stem of each row's image.
        files: From `find_images`.
        table: The table.
        root: The folder that was searched.
        dataset: Name of the dataset.
        missing: ``fail`` or ``drop``.

    Raises:
        DataError: Images are missing and ``missing`` is ``fail``, or all are.
    """
    rows = [row for row, name in enumerate(names) if name in files]
    absent = [name for name in names if name not in files]
    strangers = sorted(files.keys() - set(names))
    if absent and (missing == "fail" or not rows):
        raise DataError(
            f"{len(absent):,} of {len(names):,} images that {table.name} lists are missing, such "
            f"as {absent[0]}",
            where=str(root),
            expected="a file for each row of the table",
            mend=f"unpack all parts, or leave them out: --dataset {dataset},missing=drop"
            if rows
            else "unpack the images too, and point to the folder that holds table and images",
        )
    notes = [f"{len(absent):,} images that the table lists are missing"] if absent else []
    if strangers:
        notes.append(
            f"{len(strangers):,} images are not in the table and left out, such as {strangers[0]}"
        )
    return rows, tuple(notes)


def label_index(values: Sequence[str], classes: Sequence[str], *, table: Path) -> list[int]:
    """Returns the class index of each value.

    Raises:
        DataError: A value is none of the classes.
    """
    index = {name: k for k, name in enumerate(classes)}
    for row, value in enumerate(values):
        if value not in index:
            raise DataError(
                f"the label '{value}' of row {row + 1} is none of the classes",
                where=str(table),
                expected=", ".join(classes),
                mend="correct the table, or fetch it again",
            )
    return [index[value] for value in values]
