"""The photograph of a fundus: which part of the retina is seen, through which camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_fundus.patient import Eye, Patient
from medpeft_plugins.datasets.phantom_fundus.retina import draw_retina
from medpeft_plugins.datasets.phantoms.camera import Camera
from medpeft_plugins.datasets.phantoms.paint import Field, beyond, coloured, plane

SIDE = 96
"""Side of an image, in pixels."""

_CAMERA = Camera(exposure=0.13, cast=0.07, uneven=0.1, blur=0.6, grain=2.5)


@dataclass(frozen=True)
class Setup:
    """How photographs are taken at a source.

    Attributes:
        field: Smallest and largest width of the field of view, in degrees.
        centre: Middle of the field, in degrees from the disc to the temple.
        tint: Colour of the light.
        cut: Share of photographs whose upper and lower edge are cut off.
    """

    field: tuple[float, float]
    centre: float
    tint: tuple[float, float, float]
    cut: float


SETUPS = {
    "screening": Setup(field=(35, 43), centre=9.0, tint=(1.0, 0.95, 0.9), cut=0.5),
    "clinic": Setup(field=(22, 31), centre=1.5, tint=(1.05, 1.0, 1.05), cut=0.2),
    "trial": Setup(field=(28, 37), centre=5.0, tint=(0.95, 1.0, 0.95), cut=0.0),
}


def take_photograph(patient: Patient, eye: Eye, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Takes a photograph, shape ``(SIDE, SIDE, 3)``, ``uint8``."""
    setup = SETUPS[patient.source]
    right, down = plane(SIDE)
    degrees = rng.uniform(*setup.field) / 2
    # In a right eye the disc lies to the right of the macula, as the photograph is looked at.
    towards = -1 if eye.right else 1
    temple = towards * right * degrees + setup.centre + rng.normal(0, 2.0)
    scene = draw_retina(patient, eye, temple, down * degrees + rng.normal(0, 2.0), rng)
    scene = _light(patient, scene * setup.tint, right, down, rng)
    return _masked(_CAMERA.take(scene, rng), setup, rng)


def _light(
    patient: Patient, scene: Field, right: Field, down: Field, rng: np.random.Generator
) -> Field:
    """A clouded lens, dark borders, and light that leaks in from one side."""
    away = np.hypot(right, down)
    haze = np.clip(patient.haze, 0, 0.35)
    scene = scene * (1 - haze) + haze * np.array([0.62, 0.55, 0.42])
    scene = scene * (1 - rng.uniform(0.1, 0.5) * away**2)[:, :, None]
    if rng.uniform() < 0.25:
        heading = rng.uniform(0, 2 * np.pi)
        edge = right * np.cos(heading) + down * np.sin(heading)
        leak = rng.uniform(0.15, 0.6) * beyond(edge - rng.uniform(0.75, 0.95), 0.07)
        scene = scene + coloured(leak, rng.uniform([0.6, 0.5, 0.2], [1.0, 0.9, 0.8]))
    return scene


def _masked(
    image: npt.NDArray[np.uint8], setup: Setup, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Blackens what lies outside the round field of view."""
    right, down = plane(SIDE)
    seen = beyond(rng.uniform(0.94, 0.99) - np.hypot(right, down), 0.008)
    if rng.uniform() < setup.cut:
        seen = seen * beyond(rng.uniform(0.75, 0.9) - np.abs(down), 0.008)
    return np.round(image * seen[:, :, None]).astype(np.uint8)
