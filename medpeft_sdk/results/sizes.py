"""Whether the files beside results have the sizes that they were written with."""
# pyright: standard
# Arrow's library has no types.

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from medpeft_sdk.errors import DamagedError
from medpeft_sdk.results.damage import damaged
from medpeft_sdk.specs import ResultSpec


def check_sizes(folder: str, sizes: Mapping[str, int]) -> None:
    """Raises `DamagedError` unless each file of a folder is there and has its size."""
    for name, size in sizes.items():
        try:
            found = os.stat(f"{folder}/{name}").st_size  # noqa: PTH116 - a path costs more than it
        except OSError:
            raise damaged(Path(folder, name), "it is missing") from None
        if found != size:
            raise damaged(Path(folder, name), f"it has {found} bytes, not {size}")


def wrong_sizes(cells: Mapping[str, str], results: Sequence[ResultSpec]) -> dict[str, DamagedError]:
    """Says, by cell, beside which results a file is missing or has another size.

    All files are asked about in one call, which leaves the interpreter to others meanwhile.

    Args:
        cells: The folder of each cell.
        results: What was written into them.
    """
    files = [f"{cells[result.cell_id]}/{name}" for result in results for name in result.sizes]
    if not files:
        return {}

    from pyarrow.fs import LocalFileSystem

    expected = [size for result in results for size in result.sizes.values()]
    suspects = results
    # One that cannot be asked about is named below; a path may have a name that is no text.
    with suppress(OSError, ValueError):
        sizes = [info.size for info in LocalFileSystem().get_file_info(files)]
        if sizes == expected:
            return {}
        found = iter(sizes)
        suspects = [r for r in results if [next(found) for _ in r.sizes] != [*r.sizes.values()]]
    errors: dict[str, DamagedError] = {}
    for result in suspects:
        try:
            check_sizes(cells[result.cell_id], result.sizes)
        except DamagedError as error:
            errors[result.cell_id] = error
    return errors
