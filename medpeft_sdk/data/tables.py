"""Reading the tables that datasets come with, as text, column by column."""

from __future__ import annotations

import csv
import difflib
import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from medpeft_sdk.errors import DataError

EMPTY = ("", "nan", "na")
"""What stands in a cell that was left empty, in lower case: some programs write a word."""

_DELIMITERS = ",\t;|"


def read_table(
    path: Path,
    columns: Sequence[str],
    *,
    optional: Sequence[str] = (),
    instead: Callable[[str, str], str] | None = None,
) -> dict[str, list[str]]:
    """Reads columns of a CSV file; delimiter, byte-order mark and gzip are recognised.

    Args:
        path: The file; one that ends in ``.gz`` is unpacked while it is read.
        columns: Names of the columns that are needed.
        optional: Names of columns that are read where the file has them.
        instead: Tells how a user names another column in place of one, where users choose them.

    Returns:
        The stripped texts of each column, by its name, in the order of the file.

    Raises:
        DataError: The file is missing, empty or no table, a column is missing, or a row is short.
    """
    text = _text(path)
    if not text.strip():
        raise DataError(
            "a table is empty",
            where=str(path),
            expected=f"a first line with the columns {', '.join(columns)}",
            mend="fetch the file again, or save it anew",
        )
    header, _, _ = text.partition("\n")
    delimiter = max(_DELIMITERS, key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in next(rows, [])]
        places = _places(path, names, columns, instead)
        places |= {name: names.index(name) for name in optional if name in names}
        found: dict[str, list[str]] = {name: [] for name in places}
        for row in rows:
            if not row:
                continue
            if len(row) != len(names):
                raise DataError(
                    f"line {rows.line_num} of a table has {len(row)} fields",
                    where=str(path),
                    expected=f"{len(names)}, as in its first line",
                    mend="fetch the file again, or correct the line",
                )
            for name, place in places.items():
                found[name].append(row[place].strip())
    except csv.Error as error:
        raise DataError(
            f"a table cannot be read: {error}",
            where=f"{path}, line {rows.line_num}",
            expected="comma-separated values",
            mend="fetch the file again, or correct the line",
        ) from error
    if not any(found.values()):
        raise DataError(
            "a table has no rows",
            where=str(path),
            expected="a row for each image below the first line",
            mend="fetch the file again, or save it anew",
        )
    return found


def grouped(groups: Iterable[str], ids: Iterable[str]) -> tuple[str, ...]:
    """Returns the group of each sample; one whose cell is empty stands alone, by its own name.

    Args:
        groups: What a table says, such as the patient of each image.
        ids: The names of the samples.
    """
    pairs = zip(groups, ids, strict=True)
    return tuple(name if group.lower() in EMPTY else group for group, name in pairs)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        return data.decode("utf-8-sig")
    except OSError as error:
        raise DataError(
            f"a table cannot be read: {error.strerror or error}",
            where=str(path),
            expected="a readable file",
            mend="complete the folder, or correct the path",
        ) from error
    except (UnicodeDecodeError, EOFError, zlib.error) as error:
        raise DataError(
            f"a table cannot be read: {error}",
            where=str(path),
            expected="UTF-8 text",
            mend="fetch the file again, or save it as UTF-8",
        ) from error


def _places(
    path: Path,
    names: list[str],
    columns: Sequence[str],
    instead: Callable[[str, str], str] | None,
) -> dict[str, int]:
    """Finds the columns in the header.

    Raises:
        DataError: One is missing, or stands there twice.
    """
    for column in columns:
        if names.count(column) == 1:
            continue
        lower = {name.lower(): name for name in names}
        near = difflib.get_close_matches(column.lower(), lower, n=1)
        if column in names:
            mend = "rename one of the two in the first line"
        elif near:
            other = lower[near[0]]
            mend = f"did you mean {instead(column, other) if instead else other}?"
        else:
            mend = f"name another: {instead(column, 'COLUMN')}" if instead else None
        raise DataError(
            f"a table has {'two columns' if column in names else 'no column'} '{column}'",
            where=str(path),
            expected=f"one column '{column}'; there are {', '.join(names[:20]) or 'none'}",
            mend=mend,
        )
    return {column: names.index(column) for column in columns}
