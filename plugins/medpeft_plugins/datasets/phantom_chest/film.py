"""From a chest to a film: how the patient stands, exposure, lines and letters on top."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_chest.body import Body
from medpeft_plugins.datasets.phantom_chest.bones import bones, vessels
from medpeft_plugins.datasets.phantom_chest.disease import disease
from medpeft_plugins.datasets.phantom_chest.findings import Findings
from medpeft_plugins.datasets.phantom_chest.thorax import Thorax, density
from medpeft_plugins.datasets.phantoms.camera import Camera
from medpeft_plugins.datasets.phantoms.marks import arc, strokes
from medpeft_plugins.datasets.phantoms.paint import Field, beyond, plane, turned

SIDE = 96
"""Side of an image, in pixels."""

_CAMERA = Camera(exposure=0.06, cast=0.0, uneven=0.04, blur=0.55, grain=2)


def take_film(
    body: Body, findings: Findings, view: str, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Takes a film, shape ``(SIDE, SIDE)``, ``uint8``.

    Args:
        body: Whose chest it is.
        findings: What is to be seen.
        view: ``PA`` for one who stands; ``AP`` for one who lies, breathes in less, and whose
            heart is magnified.
        rng: Source of chance.
    """
    thorax = _positioned(body, findings, view, rng)
    dense = density(thorax, rng) + bones(thorax) + vessels(thorax)
    # Findings have chances of their own: a film without them is the same in all else.
    dense = dense + disease(thorax, rng.spawn(1)[0])
    if view == "AP":
        dense = dense + _lines(rng)
    film = _developed(np.maximum(dense, 0), rng)
    return _CAMERA.take(np.maximum(film, _letter(rng)), rng)


def _positioned(body: Body, findings: Findings, view: str, rng: np.random.Generator) -> Thorax:
    """Places the chest on the film."""
    lying = view == "AP"
    x, y = turned(*plane(SIDE), rng.normal(0, 0.06 if lying else 0.03))
    zoom = rng.uniform(0.86, 1.14)
    breath = 0.09 * findings.emphysema - rng.uniform(0, 0.16 if lying else 0.07)
    heart = body.heart + (0.05 if lying else 0) + 0.13 * findings.heart
    return Thorax(
        body=body,
        findings=findings,
        x=(x - rng.normal(0, 0.08)) * zoom,
        y=(y - rng.normal(0, 0.08)) * zoom,
        base=body.base + breath,
        heart=heart,
    )


def _developed(dense: Field, rng: np.random.Generator) -> Field:
    """Goes from density to brightness, with exposure and contrast of its own."""
    return 0.03 + 0.92 * beyond(dense - rng.normal(0.48, 0.035), rng.uniform(0.14, 0.21))


def _lines(rng: np.random.Generator) -> Field:
    """Cables and electrodes, and tubes, that lie on or in one who is ill."""
    field = np.zeros((SIDE, SIDE))
    if rng.uniform() < 0.6:
        starts = rng.uniform((-0.6, -0.6), (0.6, 0.5), (rng.integers(1, 4), 2))
        cables = [arc(at, rng.uniform(0, 6), rng.uniform(0.5, 1.2), 1.2) for at in starts]
        ends = [np.stack([cable[0] - 0.02, cable[0] + 0.02]) for cable in cables]
        field += 0.12 * strokes(SIDE, cables, 0.4) + 0.3 * strokes(SIDE, ends, 1.3)
    if rng.uniform() < 0.3:
        tube = arc(np.array([rng.normal(0, 0.02), -1.0]), np.pi / 2, rng.uniform(0.6, 0.8), 0.1)
        field += 0.12 * strokes(SIDE, [tube], 0.7)
    if rng.uniform() < 0.3:
        catheter = arc(np.array([-0.5, -0.62]), 0.1, rng.uniform(0.65, 0.85), 1.5)
        field += 0.14 * strokes(SIDE, [catheter], 0.4)
    return field


def _letter(rng: np.random.Generator) -> Field:
    """The letter of the side, L, beside the patient's left shoulder, on most films."""
    if rng.uniform() < 0.3:
        return np.zeros((SIDE, SIDE))
    right, down = plane(SIDE)
    x, y = right - rng.uniform(0.72, 0.86), down - rng.uniform(-0.9, -0.7)
    upright = beyond(0.018 - np.abs(x), 0.01) * beyond(0.07 - np.abs(y), 0.01)
    foot = beyond(0.018 - np.abs(y - 0.06), 0.01) * beyond(0.035 - np.abs(x - 0.03), 0.01)
    return 0.92 * np.maximum(upright, foot)
