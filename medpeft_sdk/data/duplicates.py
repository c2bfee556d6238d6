"""Finding images that are the same, or nearly the same, under different names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt
from PIL import Image

Thumbnails = npt.NDArray[np.uint8]

SIDE = 32
"""Side of the thumbnails that are compared, in pixels."""

ALIKE = 0.96
"""Correlation of the details of two thumbnails from which they count as one image: on 10,015
dermatoscopic images, 83 of the 91 pairs above it show one lesion."""

_CELLS = 8
_NOISE = 8
"""Grey levels below which a detail counts for less: encoding makes as many."""

_BITS = 12
"""Bits of 64 in which the hashes of two candidates may differ."""

_BLOCK = 2048
"""Images that are compared with as many others at a time."""


def thumbnail(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Returns a grey image, ``(SIDE, SIDE)``, ``uint8``, of RGB pixels of any size."""
    grey = Image.fromarray(pixels).convert("L")
    return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.BOX))


def find_twins(thumbnails: Thumbnails, *, alike: float = ALIKE) -> Iterator[tuple[int, int]]:
    """Finds pairs of images that look the same, whatever their size, encoding and brightness.

    Candidates have nearly the same difference hash (whether each cell of a grid of 8 by 8 is
    brighter than its neighbour, 64 bits). They are confirmed by the correlation of the details
    within their cells, since images of one kind agree in the large. All pairs are compared, as
    products of matrices. Mirrored and rotated copies are not found.

    Args:
        thumbnails: Shape ``(n, SIDE, SIDE)``, from `thumbnail`.
        alike: Correlation from which two images are twins, in (0, 1].

    Yields:
        Rows of two twins, the smaller first.
    """
    hashes = _hashes(thumbnails)
    starts = range(0, len(thumbnails), _BLOCK)
    for start, other in combinations_with_replacement(starts, 2):
        ours, theirs = hashes[start : start + _BLOCK], hashes[other : other + _BLOCK]
        # Of vectors of 1 and -1, the product is 64 less twice the bits that differ.
        first, second = np.nonzero(ours @ theirs.T >= _CELLS**2 - 2 * _BITS)
        first, second = first + start, second + other
        near = first < second
        yield from _confirmed(thumbnails, first[near], second[near], alike)


def clusters(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Joins pairs of rows that share one; returns the rows of each cluster in order."""
    leader: dict[int, int] = {}

    def find(row: int) -> int:
        while (above := leader.setdefault(row, row)) != row:
            row = above
        return row

    for pair in pairs:
        a, b = sorted(map(find, pair))
        leader[b] = a
    members: dict[int, list[int]] = defaultdict(list)
    for row in sorted(leader):
        members[find(row)].append(row)
    return [tuple(rows) for rows in members.values()]


def _confirmed(
    thumbnails: Thumbnails,
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    alike: float,
) -> Iterator[tuple[int, int]]:
    if not len(first):
        return
    ours, a = np.unique(first, return_inverse=True)
    theirs, b = np.unique(second, return_inverse=True)
    likeness = (_details(thumbnails[ours]) @ _details(thumbnails[theirs]).T)[a, b]
    for at in np.flatnonzero(likeness >= alike):
        yield int(first[at]), int(second[at])


def _hashes(thumbnails: Thumbnails) -> npt.NDArray[np.float32]:
    """Returns difference hashes as vectors of 1 and -1, shape ``(n, 64)``."""
    means = _cells(thumbnails).mean(axis=(2, 4))
    brighter = np.roll(means, -1, axis=2) > means
    return np.where(brighter, np.float32(1), np.float32(-1)).reshape(len(means), _CELLS**2)


def _details(thumbnails: Thumbnails) -> npt.NDArray[np.float32]:
    """Returns unit vectors of what each cell has beyond its mean, all cells with equal weight.

    Without that, the rim of a fundus photograph would make all of them alike.
    """
    cells = _cells(thumbnails)
    details = cells - cells.mean(axis=(2, 4), keepdims=True)
    details /= np.sqrt(np.square(details).mean(axis=(2, 4), keepdims=True) + _NOISE**2)
    flat = details.reshape(len(details), -1)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def _cells(thumbnails: Thumbnails) -> npt.NDArray[np.float32]:
    shape = (-1, _CELLS, SIDE // _CELLS, _CELLS, SIDE // _CELLS)
    return thumbnails.astype(np.float32).reshape(shape)
