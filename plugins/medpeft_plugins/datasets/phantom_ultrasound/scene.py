"""One view of a patient: echo and attenuation at every point of the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medpeft_plugins.datasets.phantom_ultrasound.patient import ANGLES, Lesion, Tissue
from medpeft_plugins.datasets.phantoms.noise import smooth_noise
from medpeft_plugins.datasets.phantoms.paint import Field, beyond, blend, line

SIDE = 112
"""Side of the scanned field, in pixels."""

MARGIN = 8
"""Pixels at each side that are scanned and cut off, as the beam reaches beyond the edge."""


@dataclass(frozen=True)
class View:
    """How a probe is held and a machine set.

    Attributes:
        field: Width and depth of the field of view, in millimetres.
        shift: Offset of the lesion from the middle, in millimetres.
        stretch: Width of the lesion in this plane, relative to the patient's.
        press: Depths in this view, relative to the patient's: pressure thins the tissue.
        gain: Decibels added to everything.
        dynamic_range: Decibels between black and white.
        loss: Decibels by which the far end is darker than the near end.
        looks: Angles that are averaged (spatial compounding).
    """

    field: float
    shift: float
    stretch: float
    press: float
    gain: float
    dynamic_range: float
    loss: float
    looks: int

    @property
    def pixel(self) -> float:
        """Size of a pixel, in millimetres."""
        return self.field / SIDE


def draw_view(rng: np.random.Generator) -> View:
    """Draws a view."""
    field = rng.uniform(28, 42)
    return View(
        field=field,
        shift=rng.normal(0, 0.09) * field,
        stretch=rng.uniform(0.85, 1.15),
        press=rng.uniform(0.9, 1.1),
        gain=rng.normal(0, 2),
        dynamic_range=rng.uniform(36, 48),
        loss=rng.uniform(0, 14),
        looks=int(rng.integers(3, 6)),
    )


def echo_and_attenuation(
    tissue: Tissue, lesion: Lesion | None, view: View, rng: np.random.Generator
) -> tuple[Field, Field]:
    """Draws what the sound meets.

    Returns:
        Echo in decibels, and the change of level from the probe down to each point in decibels;
        both of shape ``(SIDE, SIDE)``, depth by width.
    """
    depth = (np.arange(SIDE)[:, None] - MARGIN) * view.pixel / view.press
    across = (np.arange(SIDE)[None, :] - SIDE / 2) * view.pixel
    echo = _layers(tissue, depth, rng)
    level = -view.loss * np.linspace(0, 1, SIDE)[:, None] ** 2 + _contact(rng)
    level = level + _chest_shadow(tissue, depth, across, echo, rng)
    if lesion is None:
        _fat_lobules(tissue, view, depth, across, echo, rng)
    else:
        level += _lesion(lesion, tissue, view, depth, across - view.shift, echo, rng)
    return echo, level


def _layers(tissue: Tissue, depth: Field, rng: np.random.Generator) -> Field:
    """Skin, fat with septa, gland with strands, fat again, muscle with fibres, chest wall."""
    wave = smooth_noise(rng, SIDE, 2, 4)
    bent = depth + 0.4 * smooth_noise(rng, SIDE, 10, 8)
    fat = tissue.fat_echo + 1.2 * smooth_noise(rng, SIDE, 9, 7)
    fat = fat + tissue.septa * _sheets(rng, 9, 5, 0.13)
    gland = tissue.gland_echo + tissue.streaks * smooth_noise(rng, SIDE, 22, 9)
    gland = gland - 2.5 + tissue.strands * (_sheets(rng, 22, 4, 0.3) + _sheets(rng, 9, 5, 0.12))
    muscle = tissue.muscle_echo + 2.5 * smooth_noise(rng, SIDE, 30, 5)
    muscle = muscle + 8 * _sheets(rng, 20, 3, 0.2)
    echo = blend(fat, gland, beyond(bent + 1.3 * wave - tissue.fat, 0.4))
    echo = blend(echo, fat, beyond(bent + 0.9 * wave - tissue.gland, 0.4))
    fascia = depth + 0.7 * wave - tissue.muscle
    echo = blend(echo, muscle, beyond(fascia, 0.2)) + 9 * line(fascia, 0.3)
    wall = depth + 0.5 * wave - tissue.chest
    echo = blend(echo, np.full_like(echo, -19.0), beyond(wall, 1.2)) + 14 * line(wall, 0.4)
    skin = depth + 0.12 * wave
    echo = blend(np.full_like(echo, -6.0), echo, beyond(skin - tissue.skin, 0.15))
    return echo + 11 * (line(skin - 0.3, 0.25) + line(skin - tissue.skin, 0.25))


def _sheets(rng: np.random.Generator, rows: int, columns: int, thickness: float) -> Field:
    """Thin curved bright sheets: where a smooth field passes through zero."""
    return line(smooth_noise(rng, SIDE, rows, columns), thickness)


def _contact(rng: np.random.Generator) -> Field:
    """Dark bands where the probe touches badly, and darker sides."""
    x = np.linspace(-1, 1, SIDE)[None, :]
    level = -2.5 * np.abs(x) ** 4 + 1.5 * smooth_noise(rng, SIDE, 2, 8)[:1]
    for _ in range(rng.poisson(0.5)):
        width, place = rng.uniform(0.05, 0.16), rng.uniform(-1, 1)
        level = level - rng.uniform(3, 12) * np.exp(-(((x - place) / width) ** 2))
    reach = np.linspace(0.2, 1, SIDE)[:, None]
    return level * reach


def _chest_shadow(
    tissue: Tissue, depth: Field, across: Field, echo: Field, rng: np.random.Generator
) -> Field:
    """Ribs, in some views: a bright arc with a shadow."""
    level = -np.maximum(depth - tissue.chest, 0) * 1.5 + np.zeros_like(echo)
    if rng.uniform() < 0.3:
        width, place = rng.uniform(5, 9), rng.uniform(-0.8, 0.8) * across.max()
        arc = ((across - place) / width) ** 2
        top = tissue.chest - 1.5 + 2 * arc
        inside = np.exp(-(arc**2))
        echo += 12 * line(depth - top, 0.5) * inside
        level -= 18 * inside * beyond(depth - top - 0.8, 0.4)
    return level


def _fat_lobules(
    tissue: Tissue, view: View, depth: Field, across: Field, echo: Field, rng: np.random.Generator
) -> None:
    """Fat within the gland of normal breasts: oval and darker, with nothing behind it."""
    for _ in range(rng.poisson(0.9)):
        x = rng.uniform(-0.35, 0.35) * view.field
        z = rng.uniform(tissue.fat + 1, tissue.gland - 1)
        width = rng.uniform(2, 6)
        height = width * rng.uniform(0.3, 0.6)
        radius = np.hypot((across - x) / width, (depth - z) / height)
        inside = beyond((1 - radius) * height, 0.5)
        echo += inside * (tissue.fat_echo - tissue.gland_echo) * rng.uniform(0.5, 1.1)


def _lesion(
    lesion: Lesion,
    tissue: Tissue,
    view: View,
    depth: Field,
    across: Field,
    echo: Field,
    rng: np.random.Generator,
) -> Field:
    """Draws the lesion into the echo; returns the change of level behind it."""
    width, height = lesion.half_width * view.stretch, lesion.half_height
    down = depth - lesion.depth
    cos, sin = np.cos(lesion.tilt), np.sin(lesion.tilt)
    x, z = (across * cos + down * sin) / width, (down * cos - across * sin) / height
    radius = np.hypot(x, z) + 1e-6
    direction = (np.arctan2(z, x) / (2 * np.pi) * ANGLES).astype(np.int64) % ANGLES
    outward = (radius - lesion.outline[direction]) * min(width, height)
    ragged = outward + 0.8 * lesion.margin * smooth_noise(rng, SIDE, 20, 16)
    inside = beyond(-ragged, 0.4 * lesion.margin)
    pattern = lesion.texture * smooth_noise(rng, SIDE, 17, 15)
    echo += inside * (tissue.gland_echo + lesion.echo + pattern - echo)
    echo += lesion.rim * line(outward - 0.3, 0.35)
    echo += lesion.halo * line(outward - 1.2, 1.2) * (outward > 0)
    for right, below, strength in lesion.calcifications:
        spot = ((across - right * width) / 0.3) ** 2 + ((down - below * height) / 0.25) ** 2
        echo += strength * np.exp(-spot)
    return _behind(lesion, width, inside, down, across)


def _behind(lesion: Lesion, width: float, inside: Field, down: Field, across: Field) -> Field:
    """Sums the loss of the sound through the lesion, and adds the shadows of its edges."""
    passed = np.cumsum(inside, axis=0)
    most = passed[-1].max() + 1e-6
    level = lesion.posterior * passed / most
    below = beyond(down, 1.0)
    for side in (-1, 1):
        edge = (across - side * 0.95 * width) / (0.08 * width + 0.3)
        level = level - lesion.edge_shadow * below * np.exp(-(edge**2))
    return level
