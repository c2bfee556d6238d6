"""All results of a folder: from its index as far as that is right, and else from their files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from medpeft_sdk.errors import StoreError
from medpeft_sdk.results.collection import no_collection
from medpeft_sdk.results.columns import WHOLE, Part
from medpeft_sdk.results.index import Entry, Index, Table, stamps, to_entries, to_table
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
    cells: Path,
    ids: Sequence[str],
    read: Callable[[str], ResultSpec],
    *,
    part: Part = WHOLE,
    on_read: OnRead = lambda done, of: None,
) -> Survey:
    """Reads results, checks the sizes of the files beside them, and keeps the index as they are.

    Args:
        cells: The folder of the cells, beside which the index is.
        ids: The cells whose results are read.
        read: Reads the result of a cell from its file; raises `StoreError`.
        part: What is wanted of them.
        on_read: Is told about progress.
    """
    index, found, stale = Index(cells.parent), Survey(), dict[str, int]()
    folder, indexed = str(cells), len(ids) > _FEW
    sizes = index.sizes() if indexed else {}
    with no_collection(), ThreadPoolExecutor(2) as pool:
        # The system is asked about files while results are made.
        stamped = pool.submit(stamps, (f"{folder}/{cell_id}/{RESULT}" for cell_id in ids))
        beside = pool.submit(wrong_sizes, folder, sizes)
        known = index.read(part) if indexed else {}
    for cell_id, stamp in zip(ids, stamped.result(), strict=True):
        entry = known.pop(cell_id, None)
        if entry and stamp and stamp == entry.stamp:
            found.results[cell_id] = entry.result
        else:
            stale[cell_id] = stamp
    kept = set(found.results)
    tables = _read(stale, read, found, part, on_read)
    # Few changes are sooner read again than all the rest is written again.
    if len(stale) - len(found.errors) + len(known) > max(_FEW, len(ids) // 100):
        index.write(kept, tables)
    # Another process may have replaced the index in between.
    asked = {i for i in kept if sizes.get(i) == found.results[i].sizes}
    found.errors |= {i: error for i, error in beside.result().items() if i in asked}
    others = {i: result.sizes for i, result in found.results.items() if i not in asked}
    found.errors |= wrong_sizes(folder, others)
    return found


def _read(
    stale: dict[str, int],
    read: Callable[[str], ResultSpec],
    found: Survey,
    part: Part,
    on_read: OnRead,
) -> list[Table]:
    """Reads results from their files into what was found, and returns tables of them."""
    tables: list[Table] = []
    ids = list(stale)
    for start in range(0, len(ids), _BATCH):
        entries: list[Entry] = []
        for cell_id in ids[start : start + _BATCH]:
            try:
                entries.append(Entry(stale[cell_id], read(cell_id)))
            except StoreError as error:
                found.errors[cell_id] = error
        tables.append(to_table(entries))
        found.results |= {i: entry.result for i, entry in to_entries(tables[-1], part).items()}
        on_read(min(start + _BATCH, len(ids)), len(ids))
    return tables
