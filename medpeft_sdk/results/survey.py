"""All results of a folder: from its index as far as that is right, and else from their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from medpeft_sdk.errors import StoreError
from medpeft_sdk.results.collection import no_collection
from medpeft_sdk.results.columns import WHOLE, Part
from medpeft_sdk.results.index import Entry, Index, Table, stamp, to_entries, to_table
from medpeft_sdk.results.sizes import wrong_sizes
from medpeft_sdk.specs import ResultSpec

RESULT = "result.json"

OnRead = Callable[[int, int], object]
"""Is told how many results have been read, and of how many that have to be."""

_BATCH = 1000
"""Results that are held whole before those alike are put together."""

_FEW = 100
"""Results that are read about as soon as an index of them is."""


@dataclass
class Survey:
    """What results say, by cell, and what is wrong with those that cannot be read."""

    results: dict[str, ResultSpec] = field(default_factory=dict[str, ResultSpec])
    errors: dict[str, StoreError] = field(default_factory=dict[str, StoreError])


def survey(
    folder: Path,
    cells: Mapping[str, str],
    read: Callable[[str], ResultSpec],
    *,
    part: Part = WHOLE,
    on_read: OnRead = lambda done, of: None,
) -> Survey:
    """Reads results, checks the sizes of the files beside them, and keeps the index as they are.

    Args:
        folder: The results folder.
        cells: The folder of each cell whose result is read.
        read: Reads the result of a cell from its file; raises `StoreError`.
        part: What is wanted of them.
        on_read: Is told about progress.
    """
    index, found, stale = Index(folder), Survey(), dict[str, int]()
    with no_collection():
        known = index.read(part) if len(cells) > _FEW else {}
    with ThreadPoolExecutor(1) as pool:
        # The system answers about these while it is asked about the others.
        there = [entry.result for cell_id, entry in known.items() if cell_id in cells]
        beside = pool.submit(wrong_sizes, cells, there)
        for cell_id, cell in cells.items():
            now, entry = stamp(f"{cell}/{RESULT}"), known.pop(cell_id, None)
            if entry and now and now == entry.stamp:
                found.results[cell_id] = entry.result
            else:
                stale[cell_id] = now
    kept = set(found.results)
    tables = _read(stale, read, found, part, on_read)
    # Few changes are sooner read again than all the rest is written again.
    if len(stale) - len(found.errors) + len(known) > max(_FEW, len(cells) // 100):
        index.write(kept, tables)
    found.errors |= {i: error for i, error in beside.result().items() if i in kept}
    found.errors |= wrong_sizes(cells, [r for i, r in found.results.items() if i not in kept])
    return found


def _read(
    stamps: dict[str, int],
    read: Callable[[str], ResultSpec],
    found: Survey,
    part: Part,
    on_read: OnRead,
) -> list[Table]:
    """Reads results from their files into what was found, and returns tables of them."""
    tables: list[Table] = []
    cells: Sequence[str] = list(stamps)
    for start in range(0, len(cells), _BATCH):
        entries: list[Entry] = []
        for cell_id in cells[start : start + _BATCH]:
            try:
                entries.append(Entry(stamps[cell_id], read(cell_id)))
            except StoreError as error:
                found.errors[cell_id] = error
        tables.append(to_table(entries))
        results = (entry.result for entry in to_entries(tables[-1], part))
        found.results |= {result.cell_id: result for result in results}
        on_read(min(start + _BATCH, len(cells)), len(cells))
    return tables
