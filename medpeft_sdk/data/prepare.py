"""Unpacking the archives of a dataset, and the archives that repositories wrap around them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from medpeft_sdk.data.archive import is_archive, unpack

OnFile = Callable[[str, int, int], None]
"""Is told a file, how much of it is done, and how much there is."""


def unpack_all(
    archives: Sequence[Path], folder: Path, *, on_progress: OnFile = lambda *_: None
) -> tuple[Path, ...]:
    """Unpacks archives, and the archives in them, as repositories ship them.

    An inner archive gets a folder of its name, unless all its files lie in one folder already.
    Inner archives pass through a folder of their own, so that none of the user's is taken for one.

    Args:
        archives: The archives.
        folder: Where their files go.
        on_progress: Is told how many files of an archive are done.

    Returns:
        Archives two levels deep, which stay packed.

    Raises:
        DataError: An archive is damaged, or holds what it must not.
        StoreError: The folder cannot be written, or its disk is full.
    """

    def told(archive: Path) -> Callable[[int, int], None]:
        return lambda done, of: on_progress(archive.name, done, of)

    left: list[Path] = []
    passing = folder / ".packed"
    for archive in archives:
        # What a killed process left may be of another archive.
        shutil.rmtree(passing, ignore_errors=True)
        try:
            for inner in unpack(archive, folder, packed=passing, on_progress=told(archive)):
                place = folder / inner.relative_to(passing).parent
                left += unpack(inner, place, wrap=True, on_progress=told(inner))
                inner.unlink()
        finally:
            shutil.rmtree(passing, ignore_errors=True)
    return tuple(left)


def packed_in(folder: Path) -> tuple[Path, ...]:
    """Returns the archives that lie in a folder."""
    return tuple(sorted(p for p in folder.iterdir() if is_archive(p))) if folder.is_dir() else ()
