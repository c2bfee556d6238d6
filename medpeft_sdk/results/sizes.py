"""Whether the files beside results have the sizes that they were written with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from medpeft_sdk.errors import DamagedError
from medpeft_sdk.results.damage import damaged
from medpeft_sdk.results.lookup import look_up


def wrong_sizes(cells: str, sizes: Mapping[str, Mapping[str, int]]) -> dict[str, DamagedError]:
    """Says, by cell, beside which results a file is missing or has another size.

    Args:
        cells: The folder of the cells.
        sizes: What was written into them: of each that is asked about, bytes by file name.
    """
    there = look_up(f"{cells}/{i}/{name}" for i, found in sizes.items() for name in found).sizes
    if there == [size for found in sizes.values() for size in found.values()]:
        return {}
    rows = ((i, name, size) for i, found in sizes.items() for name, size in found.items())
    wrong = [
        (cell_id, _error(f"{cells}/{cell_id}/{name}", size, now))
        for (cell_id, name, size), now in zip(rows, there, strict=True)
        if size != now
    ]
    return dict(reversed(wrong))  # Of a cell, the first.


def _error(file: str, size: int, found: int | None) -> DamagedError:
    why = "it is missing" if found is None else f"it has {found} bytes, not {size}"
    return damaged(Path(file), why)
