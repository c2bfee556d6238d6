"""Patients and their eyes: the optic disc, its cup, and what glaucoma does to them.

All signs of glaucoma follow one latent degree of damage, which overlaps between the classes, and
scatter around it. A large disc has a large cup without any damage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medpeft_plugins.datasets.phantoms.outline import ANGLES, Outline

SOURCES = {"non-glaucoma": (0.45, 0.28, 0.27), "glaucoma": (0.30, 0.40, 0.30)}
"""Shares of screening, clinic and trial among patients of each class."""

SOURCE_NAMES = ("screening", "clinic", "trial")

_SECOND_EYE = 0.8
"""Share of patients with glaucoma who have it in both eyes."""


@dataclass(frozen=True)
class Eye:
    """An eye; lengths in degrees of the visual field.

    Attributes:
        right: Whether it is the right one.
        glaucoma: Whether it has glaucoma.
        damage: Latent degree of damage, from 0 to 1.
        disc: Radius of the optic disc.
        cup: Radius of the cup in each direction, as a share of the disc's; direction 0 points
            to the temple, a quarter turn further down.
        pallor: How white the cup is.
        defects: Directions in which nerve fibres are lost, and how much.
        atrophy: Width of the pale crescent beside the disc.
        bleeding: Direction of a splinter haemorrhage; ``None`` where there is none.
    """

    right: bool
    glaucoma: bool
    damage: float
    disc: float
    cup: Outline
    pallor: float
    defects: tuple[tuple[float, float], ...]
    atrophy: float
    bleeding: float | None


@dataclass(frozen=True)
class Patient:
    """A patient with both eyes, the first photographed one first.

    Attributes:
        pigment: Of the layers behind the retina.
        tessellated: How plainly the vessels behind the retina show.
        haze: Clouding of the lens.
        vessels: Seed of the course of the vessels.
    """

    sex: str
    age: int
    source: str
    pigment: float
    tessellated: float
    haze: float
    vessels: int
    eyes: tuple[Eye, Eye]


def draw_patient(kind: str, rng: np.random.Generator) -> Patient:
    """Draws a patient with glaucoma in one eye at least, or in none."""
    ill = kind == "glaucoma"
    age = int(np.clip(rng.normal(63 if ill else 57, 12), 18, 90))
    right, disc = bool(rng.uniform() < 0.5), float(np.clip(rng.normal(3.4, 0.4), 2.5, 4.4))
    return Patient(
        sex="F" if rng.uniform() < 0.52 else "M",
        age=age,
        source=str(rng.choice(SOURCE_NAMES, p=SOURCES[kind])),
        pigment=float(np.exp(rng.normal(-0.1, 0.45))),
        tessellated=float(np.clip(rng.normal((age - 40) / 60, 0.3), 0, 1)),
        haze=rng.exponential(0.08) * age / 60,
        vessels=int(rng.integers(2**32)),
        eyes=(
            _draw_eye(rng, right, ill, disc),
            _draw_eye(rng, not right, ill and bool(rng.uniform() < _SECOND_EYE), disc),
        ),
    )


def _draw_eye(rng: np.random.Generator, right: bool, glaucoma: bool, disc: float) -> Eye:
    damage = float(np.clip(rng.normal(0.71 if glaucoma else 0.20, 0.17), 0, 1))
    bleeding = bool(rng.uniform() < 0.02 + 0.2 * damage)
    pole = np.pi / 2 * (1 if rng.uniform() < 0.65 else -1)
    defects = tuple(
        (float(rng.normal(0.62 * np.sign(pole) * np.pi / 2, 0.15)), rng.uniform(0.4, 1) * damage)
        for _ in range(rng.poisson(0.1 + 1.6 * damage**2))
    )
    return Eye(
        right=right,
        glaucoma=glaucoma,
        damage=damage,
        disc=disc * float(np.exp(rng.normal(0, 0.04))),
        cup=_draw_cup(rng, damage, disc, pole),
        pallor=float(np.clip(rng.normal(0.45 + 0.25 * damage, 0.15), 0.1, 1)),
        defects=defects,
        atrophy=max(0.0, rng.normal(0.35 + 0.45 * damage, 0.5)),
        bleeding=float(rng.normal(pole, 0.5)) if bleeding else None,
    )


def _draw_cup(rng: np.random.Generator, damage: float, disc: float, pole: float) -> Outline:
    """Draws a cup that grows with damage and with the disc, first towards the poles."""
    angle = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
    ratio = np.clip(0.24 + 0.58 * damage + 0.1 * (disc - 3.4) + rng.normal(0, 0.06), 0.1, 0.9)
    upright = rng.normal(0.02 + 0.14 * damage, 0.05)
    cup = ratio * (1 - upright * np.cos(2 * angle))
    notch = max(0.0, rng.normal(0.3 * damage - 0.05, 0.1))
    away = np.angle(np.exp(1j * (angle - rng.normal(0.8 * pole, 0.25))))
    return np.clip(cup + notch * np.exp(-((away / 0.45) ** 2)), 0.1, 0.95)
