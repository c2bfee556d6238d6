"""Whose chest it is: its measures, where the film reaches from -1 to 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Body:
    """Measures of a chest.

    Attributes:
        width: Half the width of the chest within the ribs.
        apex: Height of the top of the lungs; up is negative.
        base: Height of the right dome of the diaphragm, breathed in.
        heart: Half the width of the heart, as a share of the chest's.
        thickness: Soft tissue, 1 on average: it veils everything.
        aorta: How far the aortic arch stands out.
        ribs: Distance between ribs.
        pattern: Seed of what is the same on all films: the course of the vessels of the lungs.
    """

    sex: str
    age: int
    width: float
    apex: float
    base: float
    heart: float
    thickness: float
    aorta: float
    ribs: float
    pattern: int


def draw_body(rng: np.random.Generator, *, age: float) -> Body:
    """Draws a body; ``age`` is the mean, in years."""
    years = int(np.clip(rng.normal(age, 16), 18, 92))
    return Body(
        sex="M" if rng.uniform() < 0.57 else "F",
        age=years,
        width=rng.normal(0.79, 0.04),
        apex=rng.normal(-0.84, 0.04),
        base=rng.normal(0.5, 0.05),
        heart=float(np.clip(rng.normal(0.45, 0.03), 0.38, 0.5)),
        thickness=float(np.exp(rng.normal(0, 0.22))),
        aorta=float(np.clip(rng.normal(0.3 + years / 120, 0.2), 0, 1.3)),
        ribs=rng.normal(0.2, 0.01),
        pattern=int(rng.integers(2**32)),
    )
