"""Draws a lesion into the skin, sign by sign."""

from __future__ import annotations

import numpy as np

from medpeft_plugins.datasets.phantom_dermoscopy.patient import Case
from medpeft_plugins.datasets.phantoms.marks import Points, arc, nearness, strokes
from medpeft_plugins.datasets.phantoms.noise import smooth_noise
from medpeft_plugins.datasets.phantoms.outline import outward
from medpeft_plugins.datasets.phantoms.paint import Field, beyond, line, plane, turned
from medpeft_plugins.datasets.phantoms.skin import Skin

REACH = 1.25
"""How far the drawn skin reaches; a view sees from -1 to 1 of it, and is shifted and turned."""


def draw_lesion(skin: Skin, case: Case, rng: np.random.Generator) -> None:
    """Draws the lesion into the middle of the skin."""
    look, side = case.look, len(skin.melanin)
    right, down = (REACH * part for part in plane(side))
    x, y = turned(right, down, rng.uniform(0, np.pi))
    radius = look.size
    out = outward(case.outline, x / radius / case.aspect, y / radius * case.aspect)
    out = out + (0.3 * look.fade + 0.6 * look.ragged) * smooth_noise(rng, side, 13, 13)
    inside = beyond(-out, 0.5 * look.fade)
    patches = smooth_noise(rng, side, 6, 6)
    _pigment(skin, case, inside, out, patches, rng)
    _vessels(skin, case, inside, rng)
    _surface(skin, case, inside, np.hypot(x, y) / radius, rng)


def _pigment(
    skin: Skin, case: Case, inside: Field, out: Field, patches: Field, rng: np.random.Generator
) -> None:
    """Brown pigment and its network, globules, and what lies deeper and looks blue."""
    look, side = case.look, len(inside)
    shade = np.exp(np.clip(0.9 * look.mottle * patches, -2, 1.2))
    skin.melanin += inside * look.pigment * shade
    mesh = _honeycomb(side, look.irregular, rng)
    uneven = np.clip(1 + 0.8 * look.irregular * smooth_noise(rng, side, 4, 4), 0, 2)
    rim = 0.5 + 0.5 * line(out + 0.25, 0.35)
    skin.melanin += 0.42 * look.network * inside * uneven * rim * (mesh - 0.35)
    centres = _scattered(case, rng, 16 * look.globules, spread=0.7 + 0.4 * look.irregular)
    dots = beyond(1 - nearness(side, centres, rng.uniform(0.018, 0.045, len(centres))), 0.2)
    skin.melanin += 0.7 * dots
    veil = inside * beyond(smooth_noise(rng, side, 4, 4) + patches - 0.6, 0.3)
    skin.deep += 0.85 * look.veil * veil


def _vessels(skin: Skin, case: Case, inside: Field, rng: np.random.Generator) -> None:
    """Diffuse redness, single vessels, and lagoons of blood."""
    look, side = case.look, len(inside)
    skin.blood += look.redness * inside * (0.7 + 0.25 * smooth_noise(rng, side, 7, 7))
    vessels = [
        arc(start, rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.6), rng.normal(0, 1.2))
        for start in _scattered(case, rng, 9 * look.vessels, spread=0.7)
    ]
    skin.blood += 0.9 * strokes(side, vessels, 0.45) * (0.3 + 0.7 * inside)
    centres = _scattered(case, rng, 16 * look.lacunae, spread=0.9)
    lagoons = nearness(side, centres, rng.uniform(0.06, 0.16, len(centres)) * look.size / 0.4)
    filled = beyond(1 - lagoons, 0.12) * beyond(inside - 0.3, 0.1)
    skin.blood += rng.uniform(0.7, 1.3) * filled
    skin.deep += rng.uniform(0.1, 0.9) * filled * beyond(smooth_noise(rng, side, 5, 5), 0.4)


def _surface(
    skin: Skin, case: Case, inside: Field, middle: Field, rng: np.random.Generator
) -> None:
    """Scars, scale, cysts and plugs."""
    look, side = case.look, len(inside)
    ragged = middle + 0.25 * smooth_noise(rng, side, 6, 6)
    skin.keratin += 0.55 * look.scar * inside * line(ragged, 0.45)
    flakes = np.clip(smooth_noise(rng, side, 16, 16) - 0.3, 0, 1.5)
    skin.keratin += 0.4 * look.scale * inside * flakes
    skin.height += 1.5 * look.scale * inside * flakes
    centres = _scattered(case, rng, 12 * look.cysts, spread=0.9)
    cysts = nearness(side, centres, rng.uniform(0.02, 0.045, len(centres)))
    skin.keratin += 0.6 * beyond(1 - cysts, 0.25) * inside
    centres = _scattered(case, rng, 10 * look.openings, spread=0.9)
    plugs = nearness(side, centres, rng.uniform(0.025, 0.06, len(centres)))
    skin.melanin += 0.8 * beyond(1 - plugs, 0.2) * inside


def _honeycomb(side: int, irregular: float, rng: np.random.Generator) -> Field:
    """Returns a mesh: 1 on its lines, 0 in its holes."""
    right, down = (REACH * part for part in plane(side))
    warp = 0.035 + 0.06 * irregular
    right = right + warp * smooth_noise(rng, side, 8, 8)
    down = down + warp * smooth_noise(rng, side, 8, 8)
    pitch, turn = rng.uniform(0.1, 0.16), rng.uniform(0, np.pi)
    waves = [
        np.cos(2 * np.pi / pitch * turned(right, down, turn + k * np.pi / 3)[0]) for k in range(3)
    ]
    return beyond(0.1 - np.sum(waves, axis=0), 0.5)


def _scattered(case: Case, rng: np.random.Generator, expected: float, *, spread: float) -> Points:
    """Scatters points over the lesion, as places on the drawn skin, from -1 to 1."""
    count = min(rng.poisson(expected), 40)
    angle, away = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0, 1, count))
    radius = (away * spread * case.look.size / REACH)[:, None]
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
