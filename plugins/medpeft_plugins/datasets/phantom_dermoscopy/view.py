"""One image of a lesion: the skin around it, hairs, and the dermatoscope."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from medpeft_plugins.datasets.phantom_dermoscopy.lesion import REACH, draw_lesion
from medpeft_plugins.datasets.phantom_dermoscopy.patient import Case
from medpeft_plugins.datasets.phantoms.camera import Camera
from medpeft_plugins.datasets.phantoms.hairs import draw_hairs
from medpeft_plugins.datasets.phantoms.marks import strokes
from medpeft_plugins.datasets.phantoms.noise import smooth_noise
from medpeft_plugins.datasets.phantoms.paint import Field, beyond, plane
from medpeft_plugins.datasets.phantoms.skin import Skin

SIDE = 96
"""Side of an image, in pixels."""

_CAMERA = Camera(exposure=0.07, cast=0.05, uneven=0.07, blur=0.7, grain=3)
_TINTS = {"contact": np.array([0.98, 0.97, 1.06]), "polarised": np.array([1.05, 0.95, 0.94])}


def draw_view(case: Case, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Draws one image, shape ``(SIDE, SIDE, 3)``, ``uint8``."""
    scene = _moved(_skin(case, np.random.default_rng(case.pattern)), rng)
    hairs = draw_hairs(SIDE, case.hairs, rng, longest=1.6, darkest=0.75)
    scene = scene * _TINTS[case.source] * (1 - hairs)[:, :, None]
    return _CAMERA.take(scene * _frame(case, rng)[:, :, None], rng)


def _skin(case: Case, rng: np.random.Generator) -> Field:
    """Draws what all images of a lesion show, in colour."""
    side = round(SIDE * REACH)
    skin = Skin.plain(side, melanin=case.melanin, blood=rng.uniform(0.08, 0.3))
    skin.melanin += 0.02 * smooth_noise(rng, side, 30, 30)
    skin.blood += 0.05 * smooth_noise(rng, side, 6, 6) + 0.03 * smooth_noise(rng, side, 25, 25)
    skin.melanin += 0.2 * case.sun * np.clip(smooth_noise(rng, side, 17, 17) - 0.7, 0, 1.5)
    skin.height += 0.35 * smooth_noise(rng, side, 34, 34)
    draw_lesion(skin, case, rng)
    return skin.colour() * skin.shading(rng.uniform(0, 2 * np.pi), 0.12)[:, :, None]


def _moved(scene: Field, rng: np.random.Generator) -> Field:
    """Turns, shifts and zooms the skin, as a hand holds the dermatoscope."""
    turn, zoom = rng.uniform(0, 2 * np.pi), rng.uniform(0.85, 1.15)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / zoom
    middle = (len(scene) - 1) / 2 + rng.normal(0, 0.06, 2) * SIDE
    move = np.eye(3)
    move[:2, :2], move[:2, 2] = turned, middle - turned @ np.full(2, (SIDE - 1) / 2)
    channels = [
        ndimage.affine_transform(
            scene[:, :, k], move, output_shape=(SIDE, SIDE), order=1, mode="mirror"
        )
        for k in range(3)
    ]
    return np.stack(channels, axis=2)


def _frame(case: Case, rng: np.random.Generator) -> Field:
    """Dark corners of a round tube, and the ticks of a scale at the edge."""
    right, down = plane(SIDE)
    light = 1 - rng.uniform(0.05, 0.25) * (right**2 + down**2) / 2
    if case.source == "contact" and rng.uniform() < 0.4:
        light = light * beyond(rng.uniform(1.08, 1.3) - np.hypot(right, down), 0.02)
    if rng.uniform() < 0.15:
        edge, first = rng.uniform(0.82, 0.92), rng.uniform(-1, -0.3)
        ticks = [
            np.array([[at, edge], [at, edge + 0.06]]) for at in np.arange(first, first + 1.1, 0.11)
        ]
        light = light * (1 - 0.9 * strokes(SIDE, ticks, 0.45))
    return light
