"""Smooth random fields."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt


def smooth_noise(
    rng: np.random.Generator, side: int, rows: int, columns: int
) -> npt.NDArray[np.float64]:
    """Draws a field of unit variance that varies over ``side / rows`` by ``side / columns`` pixels.

    Returns:
        Random values between knots of a cubic spline, shape ``(side, side)``.
    """
    knots = rng.standard_normal((rows + 3, columns + 3))
    return _spline(side, rows) @ knots @ _spline(side, columns).T


@functools.cache
def _spline(side: int, knots: int) -> npt.NDArray[np.float64]:
    """Returns the weights of each knot at each pixel, scaled to give unit variance."""
    place = (np.arange(side) + 0.5) / side * knots
    first = place.astype(np.int64)
    t = place - first
    weights = np.zeros((side, knots + 3))
    cubic = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, 3 * (t + t**2 - t**3) + 1, t**3]
    for offset, weight in enumerate(cubic):
        weights[np.arange(side), first + offset] = weight / 6
    return weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))
