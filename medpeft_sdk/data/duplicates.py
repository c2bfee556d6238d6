"""Finding images that are the same, or nearly the same, under different names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 32
"""Side of the thumbnails that are compared, in pixels."""

_BITS = 4
"""Near images differ in fewer bits of 64: each of as many quarters then has one that agrees."""

ALIKE = 0.95
"""Correlation of the details of two thumbnails from which they count as one image: on 10,015
dermatoscopic images, 83 of the 91 pairs above it show one lesion."""

_CROWD = 200
"""Images that share a quarter of their hash; a larger crowd says nothing and is skipped."""


@dataclass(frozen=True)
class Twins:
    """Two images that look the same.

    Attributes:
        first: Row of one.
        second: Row of the other, the larger.
        likeness: Correlation of their details, 1 for the same pixels.
    """

    first: int
    second: int
    likeness: float


def thumbnail(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Returns a grey image, ``(SIDE, SIDE)``, ``uint8``, of RGB pixels of any size."""
    grey = Image.fromarray(pixels).convert("L")
    return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.BOX))


def find_twins(thumbnails: npt.NDArray[np.uint8], *, alike: float = ALIKE) -> list[Twins]:
    """Finds pairs of images that show the same, whatever their size, encoding and brightness.

    Candidates agree in a quarter of a 64-bit difference hash (brighter or darker than the
    neighbour to the right, on a grid of 8 by 8); they are compared by the correlation of their
    thumbnails after a coarse version of each is taken away, so that images of one kind, which
    agree in the large, are not taken for one another. Mirrored and rotated copies are not found.

    Args:
        thumbnails: Shape ``(n, SIDE, SIDE)``, from `thumbnail`.
        alike: Correlation from which two images are twins, in (0, 1].

    Returns:
        The pairs, most alike first.
    """
    details = _details(thumbnails)
    found: dict[tuple[int, int], float] = {}
    for first, second in _candidates(_hashes(thumbnails)):
        likeness = float(details[first] @ details[second])
        if likeness >= alike:
            found[first, second] = likeness
    return sorted((Twins(*pair, s) for pair, s in found.items()), key=lambda t: -t.likeness)


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


def _hashes(thumbnails: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """Returns each image's hash as four numbers of 16 bits, shape ``(n, 4)``."""
    cells = thumbnails.reshape(-1, 8, SIDE // 8, 8, SIDE // 8).mean(axis=(2, 4))
    wrapped = np.concatenate([cells, cells[:, :, :1]], axis=2)
    bits = (wrapped[:, :, 1:] > wrapped[:, :, :-1]).reshape(len(cells), 64)
    return np.packbits(bits, axis=1).view(np.uint16)


def _candidates(hashes: npt.NDArray[np.uint16]) -> Iterator[tuple[int, int]]:
    """Yields pairs of rows that agree in a quarter of their hash, some more than once."""
    for quarter in range(hashes.shape[1]):
        order = np.argsort(hashes[:, quarter], kind="stable")
        values = hashes[order, quarter]
        starts = np.flatnonzero(np.diff(values, prepend=values[:1] ^ 1))
        for start, end in zip(starts, [*starts[1:], len(values)], strict=True):
            rows = order[start:end]
            if 1 < len(rows) <= _CROWD:
                yield from _near(hashes, rows.tolist())


def _near(hashes: npt.NDArray[np.uint16], rows: list[int]) -> Iterator[tuple[int, int]]:
    for a, b in combinations(sorted(rows), 2):
        if int(np.bitwise_count(hashes[a] ^ hashes[b]).sum()) < 3 * _BITS:
            yield a, b


def _details(thumbnails: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Returns unit vectors of what a thumbnail has beyond its coarse version of 8 by 8."""
    images = thumbnails.astype(np.float32)
    cells = images.reshape(-1, 8, SIDE // 8, 8, SIDE // 8).mean(axis=(2, 4))
    coarse = cells.repeat(SIDE // 8, axis=1).repeat(SIDE // 8, axis=2)
    flat = (images - coarse).reshape(len(images), -1)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
