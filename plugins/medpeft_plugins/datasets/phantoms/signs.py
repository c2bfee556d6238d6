"""Signs of a disease: how plainly each is shown, and how cases of a kind differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np


@dataclass(frozen=True)
class Signs:
    """Base of the signs of a kind of lesion: every field a number, 0 for a sign that is absent."""


AnySigns = TypeVar("AnySigns", bound=Signs)


def draw_signs(
    own: AnySigns, mimic: AnySigns, rng: np.random.Generator, *, likeness: float
) -> AnySigns:
    """Draws the signs of a case, which lies somewhere between its own kind and a mimic.

    Args:
        own: Signs that are typical of its kind.
        mimic: Signs that are typical of what it may be taken for.
        rng: Source of chance.
        likeness: How far towards the mimic a case lies on average, from 0 to 1.
    """
    typical, wrong = (np.array([*vars(signs).values()]) for signs in (own, mimic))
    mixed = typical + (wrong - typical) * rng.beta(4 * likeness, 4 * (1 - likeness))
    return type(own)(*(mixed * np.exp(rng.normal(0, 0.35, len(mixed)))).tolist())
