"""Closed outlines around a centre: of lesions, organs and opacities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantoms.paint import Field

ANGLES = 360
"""Directions in which an outline is given."""

Outline = npt.NDArray[np.float64]
"""Radius in each of `ANGLES` directions, relative to 1."""


def draw_outline(rng: np.random.Generator, *, uneven: float, ragged: float) -> Outline:
    """Draws an outline.

    Args:
        rng: Source of chance.
        uneven: Depth of the few broad waves, which decide on symmetry.
        ragged: Depth of the many narrow waves, which decide on the border.
    """
    angle = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)[:, None]
    waves = np.arange(2, 14)
    depth = np.where(waves < 5, uneven, 0.7 * ragged) * rng.rayleigh(0.7, len(waves)) / waves**0.8
    phase = rng.uniform(0, 2 * np.pi, len(waves))
    return np.clip(1 + (depth * np.cos(waves * angle + phase)).sum(axis=1), 0.4, 1.7)


def outward(outline: Outline, right: Field, down: Field) -> Field:
    """Returns how far outside an outline each point lies, negative inside.

    Args:
        outline: The outline.
        right: Coordinates from the centre, in units of the outline's radius.
        down: Likewise.
    """
    direction = np.arctan2(down, right) * (ANGLES / (2 * np.pi))
    return np.hypot(right, down) - outline[direction.astype(np.int64) % ANGLES]
