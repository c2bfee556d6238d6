"""Hairs over skin."""

from __future__ import annotations

import numpy as np

from medpeft_plugins.datasets.phantoms.marks import arc, strokes
from medpeft_plugins.datasets.phantoms.paint import Field

_MOST = 25


def draw_hairs(
    side: int, expected: float, rng: np.random.Generator, *, longest: float, darkest: float
) -> Field:
    """Draws hairs, most of which lie one way.

    Args:
        side: Side of the image, in pixels.
        expected: Number of hairs that are to be expected.
        rng: Source of chance.
        longest: Length of the longest, where the image reaches from -1 to 1.
        darkest: Share of the light that the darkest take.

    Returns:
        The share of the light that is taken at each point, shape ``(side, side)``.
    """
    way = rng.uniform(0, 2 * np.pi)
    curves = [
        arc(
            rng.uniform(-1, 1, 2),
            rng.normal(way, 0.5),
            rng.uniform(0.2, 1) * longest,
            rng.normal(0, 0.5),
        )
        for _ in range(min(rng.poisson(expected), _MOST))
    ]
    return rng.uniform(0.3, 1) * darkest * strokes(side, curves, rng.uniform(0.35, 0.55))
