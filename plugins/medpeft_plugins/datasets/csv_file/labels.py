"""From the columns of a table to labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.csv_file.filled import check_filled
from medpeft_plugins.datasets.listed import label_index
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import can_be_shown

_BINARY = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}

Labels = npt.NDArray[np.int64]


def class_labels(
    values: Sequence[str], classes: Sequence[str], *, table: Path, column: str
) -> tuple[Labels, tuple[str, ...]]:
    """Returns class indices, and the classes: those that are given, or all values by name.

    Raises:
        DataError: A row has no label or another than the classes, or there is one class only.
    """
    check_filled("label", values, table=table, column=column)
    found = tuple(classes or sorted(set(values)))
    if len(found) < 2:
        raise DataError(
            f"there is one class only: '{', '.join(found)}'",
            where=f"{table}, option classes" if classes else f"{table}, column {column}",
            expected="two classes at least",
            mend="name more, joined by +: classes=A+B"
            if classes
            else "name another column: label=COLUMN",
        )
    if twice := [name for name, count in Counter(found).items() if count > 1]:
        raise DataError(
            f"the class '{twice[0]}' is named twice",
            where=f"{table}, option classes",
            expected="each class once",
            mend="leave the second one out",
        )
    if hidden := [name for name in found if not can_be_shown(name)]:
        raise DataError(
            f"the name of a class holds a character that cannot be shown: {hidden[0]!r}",
            where=f"{table}, column {column}",
            expected="names without line breaks and other control characters",
            mend="rename the class in the table",
        )
    mend = "add it to classes=…, correct the table, or leave such rows out: others=drop"
    return np.array(label_index(values, found, table=table, mend=mend), dtype=np.int64), found


def binary_labels(columns: dict[str, list[str]], *, table: Path) -> Labels:
    """Returns one column of 0 and 1 for each column of a table, shape ``(rows, columns)``.

    Raises:
        DataError: A row has no label, or another than 0 and 1.
    """
    for column, values in columns.items():
        check_filled("label", values, table=table, column=column)
        strange = [value for value in values if value.lower() not in _BINARY]
        if strange:
            raise DataError(
                f"{len(strange):,} labels are neither 0 nor 1, such as '{strange[0]}'",
                where=f"{table}, column {column}",
                expected="0 or 1",
                mend="code each column of several labels as 0 and 1",
            )
    found = [[_BINARY[value.lower()] for value in values] for values in columns.values()]
    return np.array(found, dtype=np.int64).T
