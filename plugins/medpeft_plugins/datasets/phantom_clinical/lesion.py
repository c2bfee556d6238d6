"""Draws the lesions of a condition into the skin, sign by sign."""

from __future__ import annotations

import numpy as np

from medpeft_plugins.datasets.phantom_clinical.patient import Case
from medpeft_plugins.datasets.phantoms.marks import nearness
from medpeft_plugins.datasets.phantoms.noise import smooth_noise
from medpeft_plugins.datasets.phantoms.outline import outward
from medpeft_plugins.datasets.phantoms.paint import Field, beyond, line, plane, turned
from medpeft_plugins.datasets.phantoms.skin import Skin


def draw_lesions(skin: Skin, case: Case, rng: np.random.Generator) -> Field:
    """Draws all lesions; returns how glossy each point is."""
    look, side = case.look, len(skin.melanin)
    out = _borders(case, side, rng)
    inside = beyond(-out, 0.45 * look.fade)
    active = inside * (1 - np.clip(look.ring, 0, 1) * beyond(-out - 0.38, 0.1))
    _colour(skin, case, inside, active, rng)
    _relief(skin, case, out, active, rng)
    _surface(skin, case, out, active, rng)
    return 0.8 * look.gloss * inside


def _borders(case: Case, side: int, rng: np.random.Generator) -> Field:
    """Returns how far outside the nearest lesion a point lies, relative to the lesion's radius."""
    look = case.look
    right, down = plane(side)
    x, y = turned(right - rng.normal(0, 0.15), down - rng.normal(0, 0.15), rng.uniform(0, np.pi))
    stretch = np.exp(rng.normal(0, 0.15))
    first = outward(case.outline, x / look.size / stretch, y / look.size * stretch)
    count = min(rng.poisson(look.others), 30)
    centres = rng.uniform(-1, 1, (count, 2)) * rng.uniform(0.5, 1.1)
    others = nearness(side, centres, look.size * rng.uniform(0.4, 1, count)) - 1
    wave = smooth_noise(rng, side, 7, 7) * (0.07 + 0.5 * look.uneven + 0.3 * look.fade)
    notch = smooth_noise(rng, side, 14, 14) * (0.6 * look.ragged + 0.15 * look.fade)
    return np.minimum(first, others) + wave + notch


def _colour(skin: Skin, case: Case, inside: Field, active: Field, rng: np.random.Generator) -> None:
    """Pigment and its loss, blood, and what lies deep."""
    look, side = case.look, len(inside)
    patches = smooth_noise(rng, side, 7, 7)
    skin.melanin *= 1 - np.clip(look.loss, 0, 0.95) * inside
    skin.melanin += look.pigment * active * np.exp(np.clip(0.8 * look.mottle * patches, -2, 1))
    redness = look.redness * active * (0.8 + 0.3 * smooth_noise(rng, side, 9, 9))
    skin.blood += redness
    # Where dark skin is inflamed, it darkens more than it reddens.
    skin.melanin += 0.3 * case.melanin * redness
    skin.deep += look.violet * active * beyond(patches + 0.3, 0.5)


def _relief(skin: Skin, case: Case, out: Field, active: Field, rng: np.random.Generator) -> None:
    """Domes, plaques and warts."""
    look, side = case.look, len(out)
    dome = 1 - np.exp(-3 * np.clip(-out, 0, 1))
    skin.height += 0.14 * side * look.raised * look.size**0.5 * dome * active
    skin.height += 1.6 * look.warty * active * smooth_noise(rng, side, 20, 20)


def _surface(skin: Skin, case: Case, out: Field, active: Field, rng: np.random.Generator) -> None:
    """Scale, crusts and ulcers."""
    look, side = case.look, len(out)
    rough, patches = smooth_noise(rng, side, 18, 18), smooth_noise(rng, side, 8, 8)
    skin.keratin += 0.6 * look.scale * active * np.clip(0.4 + 0.5 * rough + 0.4 * patches, 0, 1)
    crust = look.crust * active * beyond(0.6 * patches + 0.6 * rough - 0.5, 0.2)
    ulcer = look.ulcer * line(out + 1 + 0.2 * patches, 0.45)
    skin.blood += 0.5 * crust + 0.9 * ulcer
    skin.melanin += 0.5 * crust + 0.35 * ulcer
    skin.height += 1.5 * crust - 3.5 * ulcer
