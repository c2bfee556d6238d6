"""Whose skin it is, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medpeft_plugins.datasets.phantom_clinical.condition import CONDITIONS, Look
from medpeft_plugins.datasets.phantoms.outline import Outline, draw_outline
from medpeft_plugins.datasets.phantoms.signs import draw_signs

SKIN_TYPES = {
    "benign": (0.206, 0.311, 0.220, 0.170, 0.074, 0.019),
    "malignant": (0.210, 0.344, 0.211, 0.139, 0.068, 0.028),
    "non-neoplastic": (0.175, 0.290, 0.203, 0.181, 0.105, 0.046),
}
"""Shares of Fitzpatrick's types 1 to 6 in each class, as in the table of Fitzpatrick17k."""

MELANIN = (0.04, 0.10, 0.20, 0.38, 0.70, 1.15)
"""Pigment of the skin types 1 to 6."""


@dataclass(frozen=True)
class Case:
    """A patient with one condition.

    Attributes:
        skin_type: Fitzpatrick's, 1 to 6.
        melanin: Pigment of healthy skin.
        freckles: How many marks of no importance there are.
        hairs: Hairs that are to be expected in the photograph.
    """

    skin_type: int
    melanin: float
    freckles: float
    hairs: float
    condition: str
    look: Look
    outline: Outline


def draw_case(kind: str, rng: np.random.Generator) -> Case:
    """Draws a patient of a class."""
    skin_type = int(rng.choice(6, p=SKIN_TYPES[kind]))
    condition = str(rng.choice(list(CONDITIONS[kind])))
    look = _draw_look(kind, condition, rng)
    return Case(
        skin_type=skin_type + 1,
        melanin=MELANIN[skin_type] * float(np.exp(rng.normal(0, 0.2))),
        freckles=rng.exponential(0.35),
        hairs=rng.exponential(3.0),
        condition=condition,
        look=look,
        outline=draw_outline(rng, uneven=look.uneven, ragged=look.ragged),
    )


def _draw_look(kind: str, condition: str, rng: np.random.Generator) -> Look:
    """Draws a condition's look; its mimic is a condition of another class."""
    other = str(rng.choice([name for name in CONDITIONS if name != kind]))
    mimic = str(rng.choice(list(CONDITIONS[other])))
    return draw_signs(CONDITIONS[kind][condition], CONDITIONS[other][mimic], rng, likeness=0.15)
