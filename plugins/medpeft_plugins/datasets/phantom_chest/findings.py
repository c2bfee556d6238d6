"""What can be seen on a chest film beside a healthy chest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from medpeft_plugins.datasets.phantoms.outline import Outline, draw_outline

Side = Literal["right", "left"]
Zone = Literal["upper", "mid", "lower"]

SIDES: tuple[Side, Side] = ("right", "left")
ZONES: tuple[Zone, Zone, Zone] = ("upper", "mid", "lower")


@dataclass(frozen=True)
class Opacity:
    """Air spaces filled by inflammation: patchy, with soft borders.

    Attributes:
        side: The patient's side.
        zone: Third of the lung.
        place: Offset from the middle of the zone, as a share of the lung's width.
        size: Radius, as the film reaches from -1 to 1.
        outline: Shape.
        density: How much X-rays it takes.
        lobar: Whether it ends sharply at a fissure.
    """

    side: Side
    zone: Zone
    place: tuple[float, float]
    size: float
    outline: Outline
    density: float
    lobar: bool


@dataclass(frozen=True)
class Nodule:
    """A round, sharply bounded shadow."""

    side: Side
    zone: Zone
    place: tuple[float, float]
    size: float
    density: float


@dataclass(frozen=True)
class Effusion:
    """Fluid beside the lung, which blunts its lower corner; height from 0 to 1."""

    side: Side
    height: float


@dataclass(frozen=True)
class Band:
    """A collapsed strip of lung near the base (plate atelectasis)."""

    side: Side
    height: float


@dataclass(frozen=True)
class Findings:
    """Everything on one film.

    Attributes:
        heart: Enlargement of the heart: 0 for none, about 1 for a plain one.
        congestion: Fluid in the lungs from a weak heart, spreading from the hila.
        emphysema: Lungs blown up: long, dark, with a flat diaphragm; at most 1.2.
    """

    opacities: tuple[Opacity, ...] = ()
    nodules: tuple[Nodule, ...] = ()
    effusions: tuple[Effusion, ...] = ()
    bands: tuple[Band, ...] = ()
    heart: float = 0.0
    congestion: float = 0.0
    emphysema: float = 0.0


FINDINGS = tuple(field.name for field in fields(Findings))
"""Names of all findings."""


def draw_findings(names: Collection[str], rng: np.random.Generator) -> Findings:
    """Draws findings of some kinds, and none of the others."""
    foci = int(rng.choice([1, 2, 3], p=(0.45, 0.35, 0.2)))
    return Findings(
        opacities=tuple(_opacity(rng) for _ in range(foci)) if "opacities" in names else (),
        nodules=(_nodule(rng),) if "nodules" in names else (),
        effusions=_effusions(rng) if "effusions" in names else (),
        bands=(Band(_side(rng), rng.uniform(0.05, 0.3)),) if "bands" in names else (),
        heart=rng.uniform(0.5, 1.3) * ("heart" in names),
        congestion=rng.uniform(0.4, 1.1) * ("congestion" in names),
        emphysema=rng.uniform(0.5, 1.2) * ("emphysema" in names),
    )


def _side(rng: np.random.Generator) -> Side:
    return SIDES[int(rng.integers(2))]


def _opacity(rng: np.random.Generator) -> Opacity:
    """Draws a focus of pneumonia; the lower zones are hit most."""
    return Opacity(
        side=_side(rng),
        zone=ZONES[int(rng.choice(3, p=(0.2, 0.3, 0.5)))],
        place=(rng.normal(0, 0.18), rng.normal(0, 0.06)),
        size=float(np.clip(np.exp(rng.normal(np.log(0.24), 0.3)), 0.12, 0.45)),
        outline=draw_outline(rng, uneven=0.3, ragged=0.25),
        density=float(np.clip(np.exp(rng.normal(np.log(0.26), 0.4)), 0.1, 0.55)),
        lobar=bool(rng.uniform() < 0.3),
    )


def _nodule(rng: np.random.Generator) -> Nodule:
    return Nodule(
        side=_side(rng),
        zone=ZONES[int(rng.choice(3, p=(0.4, 0.3, 0.3)))],
        place=(rng.normal(0, 0.2), rng.normal(0, 0.08)),
        size=rng.uniform(0.05, 0.11),
        density=rng.uniform(0.15, 0.35),
    )


def _effusions(rng: np.random.Generator) -> tuple[Effusion, ...]:
    """Draws fluid on one side or on both."""
    sides = SIDES if rng.uniform() < 0.3 else (_side(rng),)
    return tuple(Effusion(side, float(np.clip(rng.exponential(0.3), 0.1, 0.9))) for side in sides)
