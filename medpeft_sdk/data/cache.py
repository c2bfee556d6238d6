"""The decoded cache: every image of a dataset at one size, decoded once, read by memory map."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from medpeft_sdk.data.cache_file import CacheFile, OnProgress, Pixels
from medpeft_sdk.data.dataset import Dataset, SampleTable
from medpeft_sdk.data.fit import Fit
from medpeft_sdk.errors import StoreError


def default_cache_folder() -> Path:
    """Returns the user's cache folder; ``MEDPEFT_CACHE_DIR`` moves it."""
    return Path(os.environ.get("MEDPEFT_CACHE_DIR") or platformdirs.user_cache_dir("medpeft"))


def open_cache(
    dataset: Dataset,
    table: SampleTable,
    *,
    image_size: int,
    fit: Fit = "squash",
    skipped: Sequence[str] = (),
    folder: Path | None = None,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
) -> Pixels:
    """Opens the decoded images of a dataset, building them where they are not there yet.

    The cache is one ``.npy`` file, named by what determines its pixels. It is written under
    another name and renamed when it is whole; a build that was killed, or that met a bad image,
    goes on where it stopped. Several processes may open it at once: one builds, the others wait.

    Args:
        dataset: Decodes the images, from several threads.
        table: The samples; row ``i`` of the result is its row ``i``.
        image_size: Side of the square images, in pixels.
        fit: How an image becomes a square.
        skipped: Images that are not read, as `find_unreadable` found them; they are black.
        folder: Where caches are kept; `default_cache_folder` by default.
        workers: Threads that decode; one for each processor by default.
        on_progress: Called with the images done and their total while the cache is built.

    Returns:
        Read-only memory map, shape ``(n, image_size, image_size, 3)``, ``uint8``.

    Raises:
        DataError: An image cannot be read.
        StoreError: The folder cannot be written, or its disk is full; nothing is left there.
    """
    cache = CacheFile(
        dataset, table, image_size, fit, folder or default_cache_folder(), workers, on_progress
    )
    holes = _holes(table, skipped)
    pixels = cache.open(holes)
    if pixels is None:
        with cache.locked() as partial:
            pixels = cache.open(holes)
            if pixels is None:
                cache.build(partial, holes)
                pixels = cache.open(holes)
    if pixels is None:
        raise StoreError("the image cache was altered while it was opened", where=str(cache.stem))
    return pixels


def is_cached(
    dataset: Dataset,
    table: SampleTable,
    *,
    image_size: int,
    fit: Fit = "squash",
    skipped: Sequence[str] = (),
    folder: Path | None = None,
) -> bool:
    """Returns whether `open_cache` would find the decoded images there."""
    cache = CacheFile(dataset, table, image_size, fit, folder or default_cache_folder())
    return cache.open(_holes(table, skipped)) is not None


def find_unreadable(
    dataset: Dataset,
    table: SampleTable,
    *,
    image_size: int,
    fit: Fit = "squash",
    folder: Path | None = None,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[str, ...]:
    """Builds the cache from the images that can be read, and names the others.

    Arguments and errors are those of `open_cache`, but an unreadable image is none.
    """
    cache = CacheFile(
        dataset, table, image_size, fit, folder or default_cache_folder(), workers, on_progress
    )
    holes = cache.known_holes()
    if holes is None:
        with cache.locked() as partial:
            holes = cache.known_holes()
            if holes is None:
                holes = cache.build(partial, None)
    return tuple(table.ids[row] for row in sorted(holes))


def _holes(table: SampleTable, skipped: Sequence[str]) -> frozenset[int]:
    left_out = set(skipped)
    return frozenset(row for row, name in enumerate(table.ids) if name in left_out)
