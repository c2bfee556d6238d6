"""The photograph: a part of a body, what lies behind it, light and hairs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_clinical.lesion import draw_lesions
from medpeft_plugins.datasets.phantom_clinical.patient import Case
from medpeft_plugins.datasets.phantoms.camera import Camera
from medpeft_plugins.datasets.phantoms.hairs import draw_hairs
from medpeft_plugins.datasets.phantoms.marks import nearness
from medpeft_plugins.datasets.phantoms.noise import smooth_noise
from medpeft_plugins.datasets.phantoms.paint import Field, beyond, plane, turned
from medpeft_plugins.datasets.phantoms.skin import Skin

SIDE = 96
"""Side of an image, in pixels."""

_CAMERA = Camera(exposure=0.1, cast=0.06, uneven=0.12, blur=0.8, grain=4)
_CLOTHS = np.array([[0.2, 0.35, 0.5], [0.25, 0.45, 0.38], [0.75, 0.75, 0.75], [0.12, 0.12, 0.14]])


def take_photograph(case: Case, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Takes a photograph, shape ``(SIDE, SIDE, 3)``, ``uint8``."""
    skin = _healthy(case, rng)
    gloss = 0.08 + draw_lesions(skin, case, rng)
    light = rng.uniform(0, 2 * np.pi)
    shading = skin.shading(light, rng.uniform(0.15, 0.4))
    hairs = draw_hairs(SIDE, case.hairs, rng, longest=0.8, darkest=0.6)
    scene = skin.colour() * shading[:, :, None] * (1 - hairs)[:, :, None]
    scene += (gloss * np.clip(shading - 1.08, 0, 0.5) ** 1.5 * 3)[:, :, None]
    return _CAMERA.take(_body(scene, rng), rng)


def _healthy(case: Case, rng: np.random.Generator) -> Skin:
    """Skin with its fine lines, freckles and moles, and uneven blood."""
    skin = Skin.plain(SIDE, melanin=case.melanin, blood=rng.uniform(0.08, 0.28))
    skin.melanin *= np.exp(0.12 * smooth_noise(rng, SIDE, 4, 4))
    skin.melanin += 0.02 * smooth_noise(rng, SIDE, 26, 26)
    skin.blood += 0.05 * smooth_noise(rng, SIDE, 5, 5)
    skin.height += 0.3 * smooth_noise(rng, SIDE, 32, 32)
    spots = rng.uniform(-1, 1, (min(rng.poisson(6 * case.freckles), 25), 2))
    marks = nearness(SIDE, spots, rng.uniform(0.02, 0.06, len(spots)))
    skin.melanin += rng.uniform(0.1, 0.5) * beyond(1 - marks, 0.3)
    for crease in range(rng.poisson(0.35)):
        x, y = turned(*plane(SIDE), rng.uniform(0, np.pi))
        bend = y - rng.uniform(-0.9, 0.9) - (0.1 + 0.05 * crease) * np.sin(3 * x)
        skin.melanin += 0.12 * np.exp(-((bend / 0.03) ** 2))
        skin.height -= 0.8 * np.exp(-((bend / 0.05) ** 2))
    return skin


def _body(scene: Field, rng: np.random.Generator) -> Field:
    """Rounds the skin as a limb or trunk is, and lets a cloth be seen behind it."""
    x, y = turned(*plane(SIDE), rng.uniform(0, np.pi))
    half = rng.uniform(0.85, 1.2) if rng.uniform() < 0.35 else rng.uniform(1.6, 4)
    across = (y - rng.normal(0, 0.1)) / half - 0.06 * np.sin(2.5 * x + rng.uniform(0, 6))
    round_light = np.sqrt(np.clip(1 - across**2, 0.04, 1)) ** 0.7
    cloth = _CLOTHS[rng.integers(len(_CLOTHS))] * np.exp(rng.normal(0, 0.2))
    folds = 1 + 0.15 * smooth_noise(rng, SIDE, 3, 3)
    behind = beyond(np.abs(across) - 0.98, 0.012)[:, :, None]
    skin = scene * round_light[:, :, None]
    return skin + (cloth * folds[:, :, None] - skin) * behind
