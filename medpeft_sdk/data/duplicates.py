"""Finding images that are the same, or nearly the same, under different names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.linalg import eigh

Thumbnails = npt.NDArray[np.uint8]

SIDE = 32
"""Side of the thumbnails that are compared, in pixels."""

ALIKE = 0.85
"""Likeness from which two images count as one: on 10,015 dermatoscopic images, 109 of the 112
pairs above it show one lesion; on 451 fundus photographs, one pair is above it."""

_CELLS = 8
_COMMON, _IMAGES = 16, 32
"""Directions in which images of one kind are alike, and images that each of them needs."""

_SAME = 0.99
"""Correlation of all details from which images are one, even where a set consists of copies."""

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
    within their cells, once the principal components of the set are taken away: ribs, or the rim
    of a fundus, would else make all images of a set alike. All pairs are compared, as products of
    matrices. Mirrored and rotated copies are not found.

    Args:
        thumbnails: Shape ``(n, SIDE, SIDE)``, from `thumbnail`.
        alike: Likeness from which two images are twins, in (0, 1].

    Yields:
        Rows of two twins, the smaller first.
    """
    hashes, common = _hashes(thumbnails), _common(thumbnails)
    starts = range(0, len(thumbnails), _BLOCK)
    for start, other in combinations_with_replacement(starts, 2):
        ours, theirs = hashes[start : start + _BLOCK], hashes[other : other + _BLOCK]
        # Of vectors of 1 and -1, the product is 64 less twice the bits that differ.
        first, second = np.nonzero(ours @ theirs.T >= _CELLS**2 - 2 * _BITS)
        first, second = first + start, second + other
        near = first < second
        yield from _confirmed(thumbnails, common, first[near], second[near], alike)


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
    common: npt.NDArray[np.float32],
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    alike: float,
) -> Iterator[tuple[int, int]]:
    if not len(first):
        return
    ours, a = np.unique(first, return_inverse=True)
    theirs, b = np.unique(second, return_inverse=True)
    left, right = _details(thumbnails[ours]), _details(thumbnails[theirs])
    same = (left @ right.T)[a, b] >= _SAME
    likeness = (_without(common, left) @ _without(common, right).T)[a, b]
    for at in np.flatnonzero(same | (likeness >= alike)):
        yield int(first[at]), int(second[at])


def _hashes(thumbnails: Thumbnails) -> npt.NDArray[np.float32]:
    """Returns difference hashes as vectors of 1 and -1, shape ``(n, 64)``."""
    means = _cells(thumbnails).mean(axis=(2, 4))
    brighter = np.roll(means, -1, axis=2) > means
    return np.where(brighter, np.float32(1), np.float32(-1)).reshape(len(means), _CELLS**2)


def _common(thumbnails: Thumbnails) -> npt.NDArray[np.float32]:
    """Returns the main directions of a set's details, shape ``(SIDE * SIDE, k)``; 0 for a few."""
    count = min(_COMMON, len(thumbnails) // _IMAGES)
    if not count:
        return np.zeros((SIDE**2, 0), dtype=np.float32)
    gram = np.zeros((SIDE**2, SIDE**2), dtype=np.float32)
    for start in range(0, len(thumbnails), _BLOCK):
        details = _details(thumbnails[start : start + _BLOCK])
        gram += details.T @ details
    vectors = eigh(gram, subset_by_index=(SIDE**2 - count, SIDE**2 - 1))[1]
    return np.asarray(vectors, dtype=np.float32)


def _without(
    common: npt.NDArray[np.float32], details: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    return _unit(details - (details @ common) @ common.T)


def _details(thumbnails: Thumbnails) -> npt.NDArray[np.float32]:
    """Returns unit vectors of what each cell of a thumbnail has beyond its mean."""
    cells = _cells(thumbnails)
    return _unit((cells - cells.mean(axis=(2, 4), keepdims=True)).reshape(-1, SIDE**2))


def _unit(vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, np.float32(1e-3))


def _cells(thumbnails: Thumbnails) -> npt.NDArray[np.float32]:
    shape = (-1, _CELLS, SIDE // _CELLS, _CELLS, SIDE // _CELLS)
    return thumbnails.astype(np.float32).reshape(shape)
