"""Unpacking the archives of a dataset, and the archives that repositories wrap around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from medpeft_sdk.data.archive import is_archive, unpack

OnFile = Callable[[str, int, int], None]
"""Is told a file, how much of it is done, and how much there is."""


def unpack_all(
    archives: Sequence[Path], folder: Path, *, on_progress: OnFile = lambda *_: None
) -> tuple[Path, ...]:
    """Unpacks archives, and the archives in them into folders of their names, as repositories ship.

    An inner archive is removed once it is unpacked.

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

    packed: list[Path] = []
    for archive in archives:
        for inner in unpack(archive, folder, on_progress=told(archive)):
            packed += unpack(inner, inner.parent, wrap=True, on_progress=told(inner))
            inner.unlink()
    return tuple(packed)


def packed_in(folder: Path) -> tuple[Path, ...]:
    """Returns the archives that lie in a folder."""
    return tuple(sorted(p for p in folder.iterdir() if is_archive(p))) if folder.is_dir() else ()
