"""Small things on an image: round spots and curved strokes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from medpeft_plugins.datasets.phantoms.paint import Field, plane

Points = npt.NDArray[np.float64]
"""Right and down from -1 to 1, shape ``(n, 2)``."""


def nearness(side: int, centres: Points, radii: npt.NDArray[np.float64]) -> Field:
    """Returns the distance to the nearest of some spots, relative to its radius.

    Args:
        side: Side of the image, in pixels.
        centres: Middles of the spots.
        radii: Radius of each.

    Returns:
        0 in the middle of a spot, 1 at its edge, shape ``(side, side)``; far away without spots.
    """
    if not len(centres):
        return np.full((side, side), 99.0)
    right, down = plane(side)
    across = ((right[0] - centres[:, :1]) / radii[:, None]) ** 2
    along = ((down[:, 0] - centres[:, 1:]) / radii[:, None]) ** 2
    return np.sqrt((along[:, :, None] + across[:, None, :]).min(axis=0))


def strokes(side: int, curves: list[Points], width: float) -> Field:
    """Draws curves as a brush does.

    Args:
        side: Side of the image, in pixels.
        curves: Corners of each curve.
        width: Standard deviation of the brush, in pixels.

    Returns:
        1 in the middle of a stroke, 0 away from it, shape ``(side, side)``.
    """
    dots = np.concatenate([np.empty((0, 2)), *(_dots((c + 1) * side / 2 - 0.5) for c in curves)])
    # Each dot falls on the four pixels around it; a border takes those outside the image.
    place = np.clip(dots, -1, side) + 1
    corner = place.astype(np.int64)
    right, down = (place - corner).T
    first = corner[:, 1] * (side + 3) + corner[:, 0]
    pixels = np.concatenate([first, first + 1, first + side + 3, first + side + 4])
    shares = [(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down]
    drawn = np.bincount(pixels, np.concatenate(shares), minlength=(side + 3) ** 2)
    inner = drawn.reshape(side + 3, side + 3)[1 : side + 1, 1 : side + 1]
    line = ndimage.gaussian_filter(inner, width, mode="constant", truncate=3)
    return np.minimum(line * (width * np.sqrt(2 * np.pi) * _SPACING), 1)


_SPACING = 0.5
"""Pixels between the dots of a stroke."""


def _dots(corners: Points) -> Points:
    """Returns points at even distances along a curve."""
    steps = np.hypot(*(corners[1:] - corners[:-1]).T)
    length = np.concatenate([[0], np.cumsum(steps)])
    at = np.arange(0, length[-1], _SPACING)
    return np.array([np.interp(at, length, corners[:, k]) for k in (0, 1)]).T


def arc(start: Points, heading: float, length: float, bend: float, corners: int = 12) -> Points:
    """Returns a curve that starts at a point and turns evenly by ``bend`` over its length."""
    turn = heading + np.linspace(0, bend, corners - 1)
    steps = np.array([np.cos(turn), np.sin(turn)]).T * (length / (corners - 1))
    return np.concatenate([[start], start + np.cumsum(steps, axis=0)])
