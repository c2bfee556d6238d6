"""What a synthetic patient is: the layers of a breast and, in two classes, a lesion.

Benign and malignant lesions differ in the features that radiologists describe (BI-RADS): shape,
orientation, margin, echo pattern, posterior features, calcifications. All of them follow one
latent degree of suspicion, which overlaps between the classes, and scatter around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ANGLES = 360
"""Directions in which the outline of a lesion is given."""


@dataclass(frozen=True)
class Tissue:
    """Layers of a breast: lengths in millimetres, echo levels in decibels.

    Attributes:
        fat: Depth of the lower border of the subcutaneous fat.
        gland: Depth of the lower border of the glandular tissue.
        muscle: Depth of the upper border of the pectoral muscle.
        chest: Depth of the chest wall.
        streaks: Strength of the glandular pattern.
        strands: Echo of the fibrous strands in the gland, above the gland's.
        septa: Echo of the septa in the fat, above the fat's.
    """

    skin: float
    fat: float
    gland: float
    muscle: float
    chest: float
    fat_echo: float
    gland_echo: float
    muscle_echo: float
    streaks: float
    strands: float
    septa: float


@dataclass(frozen=True)
class Lesion:
    """A lesion: lengths in millimetres, echo levels in decibels relative to the gland.

    Attributes:
        outline: Radius in each of `ANGLES` directions, relative to the ellipse.
        margin: Width of the border.
        posterior: Echo behind the lesion: shadow below zero, enhancement above.
        edge_shadow: Refraction shadow behind both sides.
        rim: Echo of a thin capsule.
        halo: Echo of a broad, ill-defined border zone.
        calcifications: Position relative to the ellipse (two columns) and echo of each.
    """

    half_width: float
    half_height: float
    tilt: float
    depth: float
    outline: npt.NDArray[np.float64]
    margin: float
    echo: float
    texture: float
    posterior: float
    edge_shadow: float
    rim: float
    halo: float
    calcifications: npt.NDArray[np.float64]


def draw_patient(rng: np.random.Generator, name: str) -> tuple[Tissue, Lesion | None]:
    """Draws a patient of a class: ``benign``, ``malignant`` or ``normal``."""
    tissue = _draw_tissue(rng)
    if name == "normal":
        return tissue, None
    suspicion = rng.normal(0.27 if name == "benign" else 0.73, 0.19)
    return tissue, _draw_lesion(rng, float(np.clip(suspicion, 0, 1)), tissue)


def _draw_tissue(rng: np.random.Generator) -> Tissue:
    skin = rng.uniform(1.2, 2.2)
    fat = skin + rng.uniform(2.5, 8)
    gland = fat + rng.uniform(9, 17)
    muscle = gland + rng.uniform(1, 3.5)
    return Tissue(
        skin=skin,
        fat=fat,
        gland=gland,
        muscle=muscle,
        chest=muscle + rng.uniform(5, 9),
        fat_echo=rng.normal(-10, 2),
        gland_echo=rng.normal(-1, 2),
        muscle_echo=rng.normal(-11, 2),
        streaks=rng.uniform(1.5, 4.5),
        strands=rng.uniform(3, 9),
        septa=rng.uniform(6, 15),
    )


def _draw_lesion(rng: np.random.Generator, suspicion: float, tissue: Tissue) -> Lesion:
    def between(benign: float, malignant: float, scatter: float) -> float:
        return benign + (malignant - benign) * suspicion + rng.normal(0, scatter)

    half_width = np.exp(between(np.log(5.0), np.log(6.2), 0.3))
    ratio = np.clip(np.exp(between(np.log(0.55), np.log(1.05), 0.16)), 0.4, 1.6)
    half_height = half_width * ratio
    gland = tissue.fat + tissue.gland
    cyst = 20 if rng.uniform() < 0.45 - 0.6 * suspicion else 0
    return Lesion(
        half_width=half_width / max(1.0, half_width / 11),
        half_height=min(half_height, 10.0),
        tilt=rng.normal(0, 0.2),
        depth=max(gland / 2 + rng.normal(0, 1.5), tissue.skin + half_height + 1),
        outline=_draw_outline(rng, suspicion),
        margin=float(np.clip(np.exp(between(np.log(0.25), np.log(1.3), 0.3)), 0.15, 2.5)),
        echo=-float(np.clip(between(15, 15, 4) + cyst, 6, 45)),
        texture=max(0.5, between(1.0, 3.5, 0.6)),
        posterior=between(9, -14, 3.5) + cyst / 4,
        edge_shadow=max(0.0, between(5, 0, 1.5)),
        rim=max(0.0, between(7, -2, 2)),
        halo=max(0.0, between(-1, 5, 1.5)),
        calcifications=_draw_calcifications(rng, suspicion),
    )


def _draw_outline(rng: np.random.Generator, suspicion: float) -> npt.NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
    outline = np.ones(ANGLES)
    for wave in range(2, 11):
        strength = 0.04 + 0.08 * suspicion if wave < 5 else 0.05 * suspicion**1.5
        phase = rng.uniform(0, 2 * np.pi)
        outline += strength * rng.rayleigh(0.7) * np.cos(wave * angle + phase) / (wave / 3) ** 0.5
    for _ in range(rng.poisson(6 * max(0.0, suspicion - 0.5) / 0.5)):
        away = np.angle(np.exp(1j * (angle - rng.uniform(0, 2 * np.pi))))
        outline += rng.uniform(0.1, 0.4) * np.exp(-np.abs(away) / rng.uniform(0.05, 0.14))
    return np.clip(outline, 0.4, 1.9)


def _draw_calcifications(rng: np.random.Generator, suspicion: float) -> npt.NDArray[np.float64]:
    count = rng.poisson(0.2 + 4 * suspicion**2)
    angle, radius = rng.uniform(0, 2 * np.pi, count), 0.8 * np.sqrt(rng.uniform(0, 1, count))
    echo = rng.uniform(12, 24, count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), echo], axis=1)
