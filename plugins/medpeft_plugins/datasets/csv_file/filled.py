"""Columns of a table that need something in every row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medpeft_sdk.data import EMPTY
from medpeft_sdk.errors import DataError


def check_filled(what: str, values: Sequence[str], *, table: Path, column: str) -> None:
    """Raises `DataError` where a row lacks what a column is for, such as its label."""
    empty = [row for row, value in enumerate(values) if value.lower() in EMPTY]
    if empty:
        raise DataError(
            f"{len(empty):,} rows have no {what}, the first is row {empty[0] + 1}",
            where=f"{table}, column {column}",
            expected=f"a {what} in each row",
            mend=f"fill the {what}s in, or remove the rows",
        )
