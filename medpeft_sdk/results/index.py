"""The index of a results folder: what all its results say, in one file beside them.

Opening a hundred thousand files takes longer than most questions about them. The index holds a
copy of every result with the stamp of the file that it was read from; a result whose file has
another stamp is read again. It can be deleted at any time, and is never believed against the
folder:

- one that is damaged, or that another version wrote, is as good as none;
- it is replaced whole, so of two processes that write it one wins, and both were right;
- where it cannot be written there is none, and nothing is said.
"""
# pyright: standard
# Arrow's library has no types.

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from medpeft_sdk.results import estimates
from medpeft_sdk.results.atomic import new_file
from medpeft_sdk.results.columns import WHOLE, Part, columns, to_results, to_row, values
from medpeft_sdk.results.lookup import look_up
from medpeft_sdk.results.partial import Partial
from medpeft_sdk.specs import ResultSpec

INDEX = ".index.parquet"

_FORMAT = 4
_VERSION = b"medpeft_index"
_STAMP = "stamp"
_SETTLED = 2 * 10**9
"""Nanoseconds after which another write is sure to change a file's time, on any file system."""

Table = Any
"""A table of Arrow, whose library has no types."""


class Entry(NamedTuple):
    """A result as it was read, and the stamp of the file that it was read from."""

    stamp: int
    result: ResultSpec


def stamps(files: Iterable[str]) -> list[int]:
    """Returns what changes whenever a file does; 0 where it is too new, or gone, to tell."""
    settled = time.time_ns() - _SETTLED
    # Of whole numbers Python makes the same hash in every process.
    return [
        hash((changed, size)) if changed is not None and changed <= settled else 0
        for size, changed in zip(*look_up(files), strict=True)
    ]


def to_table(entries: Sequence[Entry]) -> Table:
    """Makes a table of results, a row each, in the little room that those alike need together."""
    import pyarrow as pa

    rows = [to_row(entry.result) for entry in entries]
    arrays = {
        name: pa.array([row[name] for row in rows], pa.string()).dictionary_encode()
        for name in columns()
    }
    arrays[_STAMP] = pa.array([entry.stamp for entry in entries], pa.int64())
    return pa.table(arrays | estimates.to_columns([entry.result for entry in entries]))


def to_entries(table: Table, part: Part = WHOLE) -> dict[str, Entry]:
    """Makes results of a table again, as far as they are wanted, by cell.

    Raises:
        ValueError: The table holds something else.
    """
    names = [name for name in columns() if part.has(name)]
    found = {name: _values(table, name) for name in names}
    if "metrics" in found:
        wanted = estimates.wanted_columns(table.column_names, part.metrics)
        numbers = {name: table[name].to_pylist() for name in wanted}
        found["metrics"] = estimates.to_metrics(found["metrics"], numbers, part.metrics)
    entries = map(Entry, table[_STAMP].to_pylist(), to_results(found))
    return dict(zip(found["cell_id"], entries, strict=True))


class Index:
    """The index of a results folder, or none.

    Args:
        folder: The results folder.
    """

    def __init__(self, folder: Path) -> None:
        self._file, self._partial = folder / INDEX, Partial(folder / ".partial")

    def read(self, part: Part = WHOLE) -> dict[str, Entry]:
        """Returns what it holds by cell; nothing where there is no index that can be used."""
        import pyarrow as pa

        try:
            return to_entries(self._table(part), part)
        except (OSError, ValueError, LookupError, pa.ArrowException):
            return {}

    def sizes(self) -> dict[str, dict[str, int]]:
        """Returns, by cell, the sizes of the files beside results, long before `read` is done."""
        import pyarrow as pa

        try:
            table = self._table(Part(columns().keys() - {"cell_id", "sizes"}, ()))
            return dict(zip(_values(table, "cell_id"), _values(table, "sizes"), strict=True))
        except (OSError, ValueError, LookupError, pa.ArrowException):
            return {}

    def write(self, kept: Collection[str], fresh: Sequence[Table]) -> None:
        """Replaces it, where the folder can be written to.

        Args:
            kept: Cells of which it holds what their results say.
            fresh: Tables of the other results.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        tables = list(fresh)
        with suppress(OSError, ValueError, LookupError, pa.ArrowException):
            known = self._table(WHOLE)
            mask = [cell_id in kept for cell_id in _values(known, "cell_id")]
            tables.append(known.filter(pa.array(mask, pa.bool_())))
        table = pa.concat_tables(tables, promote_options="default").replace_schema_metadata(
            {_VERSION: _version()}
        )
        # Arrow takes no path that is no text.
        with suppress(OSError, UnicodeError):
            self._partial.folder.mkdir(exist_ok=True)
            with new_file(self._file, self._partial.path("index")) as temporary:
                pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)

    def _table(self, part: Part) -> Table:
        import pyarrow.parquet as pq

        texts = [name for name in columns() if part.has(name)]
        with pq.ParquetFile(
            self._file, read_dictionary=texts, page_checksum_verification=True
        ) as file:
            if (file.schema_arrow.metadata or {}).get(_VERSION) != _version():
                raise ValueError("another version wrote this index")
            numbers = estimates.wanted_columns(file.schema_arrow.names, part.metrics)
            return file.read(columns=[*texts, _STAMP, *numbers])


def _values(table: Table, name: str) -> list[Any]:
    """Reads a column; rows that say the same share one value."""
    found: list[Any] = []
    for chunk in table[name].chunks:
        distinct = values(name, chunk.dictionary.to_pylist())
        found += map(distinct.__getitem__, chunk.indices.to_pylist())
    return found


@cache
def _version() -> bytes:
    """Names the format, and what a result is: both have to be this version's."""
    schema = json.dumps(ResultSpec.model_json_schema(), sort_keys=True)
    return f"{_FORMAT} {hashlib.sha256(schema.encode()).hexdigest()}".encode()
