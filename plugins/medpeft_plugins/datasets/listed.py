"""Images that a table lists, whatever folders a repackaging put them in."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path

from medpeft_plugins.datasets.files import SUFFIXES, sizes, unpack
from medpeft_sdk.data import EMPTY, Dataset
from medpeft_sdk.errors import DataError

_UNKNOWN = {*EMPTY, "unknown", "n/a", "none", "null"}


class ListedImages(Dataset):
    """A dataset of one table and of images that are named in it, each once.

    Its spec has the option `policies.MISSING`.
    """

    def folder(self) -> Path:
        """Returns the folder below which the images lie."""
        return self.need_root()

    @cached_property
    def files(self) -> dict[str, Path]:
        """All images below the folder, by the stem of their name."""
        return find_images(self.folder())

    def path(self, sample_id: str) -> Path:
        """Returns the file of an image."""
        return self.files[sample_id]

    def present(
        self, names: Sequence[str], table: Path, rows: Sequence[int] | None = None
    ) -> tuple[list[int], tuple[str, ...]]:
        """Returns the rows of a table whose images are there, and what is to be told of the rest.

        Args:
            names: The stem of each row's image.
            table: The table.
            rows: The rows that are wanted; all by default.

        Raises:
            DataError: An image is named twice; or some are missing, and the option ``missing``
                does not allow it, or all are.
        """
        check_once(names, table)
        wanted = range(len(names)) if rows is None else rows
        there = [row for row in wanted if names[row] in self.files]
        absent = [names[row] for row in wanted if names[row] not in self.files]
        if not there or (absent and self.spec.option("missing") == "fail"):
            raise self._missing(absent, len(wanted), table)
        notes = [f"{len(absent):,} images that the table lists are missing"] if absent else []
        if strangers := sorted(self.files.keys() - set(names)):
            notes.append(
                f"{len(strangers):,} images are not in the table and left out, such as "
                f"{strangers[0]}"
            )
        return there, tuple(notes)

    def _missing(self, absent: list[str], wanted: int, table: Path) -> DataError:
        if len(absent) < wanted:
            mend = (
                f"complete the folder, or leave them out: --dataset {self.spec.name},missing=drop"
            )
        else:
            mend = "unpack the images too, and point to the folder that holds both"
        such = f", such as {absent[0]}" if absent else ""
        return DataError(
            f"{len(absent):,} of {wanted:,} images that {table.name} lists are missing{such}",
            where=str(self.folder()),
            expected="a file for each row of the table",
            mend=unpack(self.need_root()) or mend,
        )


def find_table(root: Path, names: Sequence[str]) -> Path:
    """Returns the first of some files that a folder holds.

    Raises:
        DataError: It holds none of them.
    """
    for name in names:
        if (root / name).is_file():
            return root / name
    below = chain.from_iterable(root.glob(f"{up}{name}") for up in ("*/", "*/*/") for name in names)
    above = (up / name for up in root.absolute().parents[:2] for name in names)
    elsewhere = next((file for file in chain(below, above) if file.is_file()), None)
    raise DataError(
        f"the table {names[0]} is missing",
        where=str(root),
        expected=" or ".join(names),
        mend=f"point to {elsewhere.parent}, which holds it"
        if elsewhere
        else unpack(root) or "unpack the whole set, and point to the folder that holds this file",
    )


def find_images(root: Path) -> dict[str, Path]:
    """Returns all images below a folder by the stems of their names.

    Links to folders are followed, each folder once. Kaggle shows some folders twice, in two
    spellings: of several files of one name and one length, the first by path is taken.

    Raises:
        DataError: A folder cannot be read, or two images of one name differ.
    """

    def unreadable(error: OSError) -> None:
        raise DataError(
            f"a folder cannot be read: {error.strerror}",
            where=str(error.filename),
            expected="a readable folder",
            mend="correct its permissions",
        ) from error

    found: dict[str, Path] = {}
    # A link to a folder above would lead out of the set, and back into it.
    seen = set(root.resolve().parents)
    for folder, inner, names in os.walk(root, onerror=unreadable, followlinks=True):
        if (real := Path(folder).resolve()) in seen:
            inner.clear()
            continue
        seen.add(real)
        inner[:] = sorted(n for n in inner if not n.startswith((".", "__MACOSX")))
        for name in sorted(names):
            file = Path(folder, name)
            if file.suffix.lower() not in SUFFIXES or name.startswith("."):
                continue
            first = found.setdefault(file.stem, file)
            if first is not file and len(set(sizes([first, file]).tolist())) > 1:
                raise DataError(
                    f"two images are called {file.stem}, and differ",
                    where=f"{first} and {file}",
                    expected="one file for each image",
                    mend="remove one of them, or point to a folder that holds one",
                )
    return found


def check_once(names: Sequence[str], table: Path) -> None:
    """Checks that a table has a row for each image.

    Raises:
        DataError: An image has several rows.
    """
    for name, count in Counter(names).most_common(1):
        if count > 1:
            raise DataError(
                f"the image '{name}' stands in {count} rows of the table",
                where=str(table),
                expected="one row for each image",
                mend="remove all rows but one, or fetch the table again",
            )


def label_index(
    values: Sequence[str],
    classes: Sequence[str],
    *,
    table: Path,
    mend: str = "correct the table, or fetch it again",
) -> list[int]:
    """Returns the class index of each value.

    Args:
        values: The names of classes.
        classes: The classes in the order of their indices.
        table: Where the values stand.
        mend: What to do about values that are none of the classes.

    Raises:
        DataError: A value is none of the classes.
    """
    index = {name: k for k, name in enumerate(classes)}
    for value in values:
        if value not in index:
            raise DataError(
                f"the label '{value}' is none of the classes, and stands in rows of the table: "
                f"{values.count(value):,}",
                where=str(table),
                expected=", ".join(classes),
                mend=mend,
            )
    return [index[value] for value in values]


def known(values: Iterable[str]) -> tuple[str, ...]:
    """Returns the values of an attribute, with the empty text for all that means unknown."""
    return tuple("" if value.lower() in _UNKNOWN else value for value in values)
