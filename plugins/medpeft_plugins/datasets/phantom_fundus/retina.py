"""The retina in colour: what lies behind it, the macula, the disc, vessels and nerve fibres."""

from __future__ import annotations

import numpy as np

from medpeft_plugins.datasets.phantom_fundus.patient import Eye, Patient
from medpeft_plugins.datasets.phantom_fundus.vessels import draw_trees
from medpeft_plugins.datasets.phantoms.marks import Points, strokes
from medpeft_plugins.datasets.phantoms.noise import smooth_noise
from medpeft_plugins.datasets.phantoms.outline import outward
from medpeft_plugins.datasets.phantoms.paint import Field, beyond, coloured, line, turned

_BACKGROUND = np.array([0.84, 0.42, 0.18])
_RIM = np.array([0.96, 0.68, 0.38])
_CUP = np.array([1.0, 0.93, 0.74])
_ATROPHY = np.array([0.93, 0.74, 0.52])
_PIGMENT = np.array([0.30, 0.55, 0.60])
_BLOOD = np.array([0.35, 1.0, 0.9])
_FOVEA = (14.5, 1.2)


def draw_retina(
    patient: Patient, eye: Eye, temple: Field, down: Field, rng: np.random.Generator
) -> Field:
    """Draws the retina.

    Args:
        patient: Whose it is.
        eye: Which eye.
        temple: Degrees from the middle of the disc towards the temple, shape ``(side, side)``.
        down: Degrees downwards.
        rng: Source of chance.

    Returns:
        RGB in [0, 1], shape ``(side, side, 3)``, under even light.
    """
    scene = _behind(patient, temple, down, rng)
    away = np.hypot(temple, down)
    fibres = _fibres(eye, temple, down, away)
    scene *= np.exp(coloured(fibres, np.array([0.05, 0.2, 0.3])))
    scene = _disc(eye, scene, temple, down, rng)
    return scene * np.exp(coloured(-_vessels(patient, eye, temple, down), _BLOOD))


def _behind(patient: Patient, temple: Field, down: Field, rng: np.random.Generator) -> Field:
    """Pigment and vessels behind the retina, and the darker macula."""
    side = len(temple)
    fovea = np.hypot(temple - _FOVEA[0], down - _FOVEA[1])
    pigment = 0.55 * patient.pigment * (1 + 0.12 * smooth_noise(rng, side, 5, 5))
    pigment = pigment + 0.55 * line(fovea, 3.2) + 0.2 * line(fovea, 7.0)
    tiger = line(smooth_noise(rng, side, 15, 15), 0.6) - 0.5
    pigment = pigment - 0.3 * patient.tessellated * tiger
    return _BACKGROUND * np.exp(coloured(-pigment, _PIGMENT))


def _fibres(eye: Eye, temple: Field, down: Field, away: Field) -> Field:
    """Sheen of the nerve fibres above and below the disc, and wedges where they are lost."""
    direction = np.arctan2(down, temple)
    sheen = line(np.abs(direction) - 1.1, 0.55) * np.exp(-away / 9) * (1.2 - 0.8 * eye.damage)
    for heading, loss in eye.defects:
        # Fibres bend around the macula as they leave the disc.
        bent = direction - heading * np.exp(-away / 40)
        sheen = sheen - 1.1 * loss * line(bent, 0.16) * np.exp(-away / 14) * beyond(away - 3, 0.5)
    return sheen


def _disc(eye: Eye, scene: Field, temple: Field, down: Field, rng: np.random.Generator) -> Field:
    """Disc, cup, the crescent beside the disc, and a haemorrhage on its rim."""
    x, y = temple / eye.disc, down / eye.disc / 1.06
    away = np.hypot(x, y)
    crescent = np.hypot(x - 0.25 * eye.atrophy, y) - 1 - 0.12 * eye.atrophy
    mottled = 0.75 + 0.25 * smooth_noise(rng, len(x), 16, 16)
    pale = beyond(-crescent, 0.06) * np.clip(1.5 * eye.atrophy, 0, 0.75) * mottled
    scene = scene + (_ATROPHY - scene) * pale[:, :, None]
    rim = coloured(np.exp(-0.12 * (1 - line(x - 0.5, 0.8))), _RIM)
    scene = scene + (rim - scene) * beyond(1 - away, 0.05)[:, :, None]
    cup = outward(eye.cup, x, y)
    white = beyond(-cup, 0.07) * (0.45 + 0.55 * eye.pallor)
    scene = scene + (_CUP - scene) * white[:, :, None]
    if eye.bleeding is not None:
        along, across = turned(x, y, eye.bleeding)
        streak = line(across, 0.1) * line(along - 1.05, 0.28)
        scene = scene * np.exp(coloured(-1.3 * streak, _BLOOD))
    return scene


def _vessels(patient: Patient, eye: Eye, temple: Field, down: Field) -> Field:
    """Returns the blood in front of each point; the cup pushes the vessels to the nose."""
    side = len(temple)
    origin = np.array([-0.25 - 0.45 * float(eye.cup.mean()) * eye.damage, 0]) * eye.disc
    blood = np.zeros_like(temple)
    # Both eyes branch alike, but not the same.
    rng = np.random.default_rng([patient.vessels, int(eye.right)])
    pixel = float(np.abs(temple[0, 1] - temple[0, 0]))
    for width, depth in ((0.27, 0.8), (0.18, 0.55)):
        trunks, branches = draw_trees(rng, origin)
        for curves, share in ((trunks, 1.0), (branches, 0.6)):
            brush = max(0.35, width * share / pixel)
            thin = min(1.0, width * share / pixel / 0.35)
            placed = [_placed(curve, temple, down) for curve in curves]
            blood += depth * thin * strokes(side, placed, brush)
    return np.minimum(blood, 1.3)


def _placed(curve: Points, temple: Field, down: Field) -> Points:
    """Turns degrees into places on the image, from -1 to 1."""
    span = np.array([temple[0, -1] - temple[0, 0], down[-1, 0] - down[0, 0]])
    middle = np.array([temple[0, -1] + temple[0, 0], down[-1, 0] + down[0, 0]]) / 2
    return 2 * (curve - middle) / span
