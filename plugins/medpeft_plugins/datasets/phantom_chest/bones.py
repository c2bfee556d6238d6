"""Ribs, collar bones, and the vessels of the lungs."""

from __future__ import annotations

import numpy as np

from medpeft_plugins.datasets.phantom_chest.thorax import TOWARDS, Thorax
from medpeft_plugins.datasets.phantoms.marks import arc, strokes
from medpeft_plugins.datasets.phantoms.paint import Field, beyond


def bones(thorax: Thorax) -> Field:
    """Draws the back parts of the ribs, their fainter front parts, and the collar bones."""
    body, y = thorax.body, thorax.y
    out = np.abs(thorax.x)
    back = (y - body.apex + 0.14 * out - 0.62 * out**2) / body.ribs
    front = (y - body.apex - 0.3 + 0.75 * out - 0.2 * out**2) / (1.15 * body.ribs)
    cage = thorax.ribcage() * beyond(y - body.apex + 0.03, 0.03)
    field = cage * (0.085 * _bars(back) + 0.05 * _bars(front) * beyond(out - 0.22, 0.06))
    below = beyond(thorax.base + 0.15 - y, 0.1)
    field = field * (0.3 + 0.7 * below)
    collar = (y - body.apex - 0.17 + 0.22 * out - 0.25 * (out - 0.3) ** 2) / 0.032
    return field + 0.14 * np.exp(-(collar**4)) * beyond(out - 0.09, 0.02) * beyond(0.85 - out, 0.05)


def _bars(phase: Field) -> Field:
    """Returns bars with brighter edges, as hollow bones have."""
    wave = np.cos(2 * np.pi * phase)
    bar = beyond(wave - 0.25, 0.12)
    return bar * (0.75 + 0.5 * (1 - np.clip(wave, 0, 1)))


def vessels(thorax: Thorax) -> Field:
    """Draws the vessels that spread from the hila, within the lungs."""
    rng = np.random.default_rng(thorax.body.pattern)
    reach = 0.75 * thorax.body.width
    curves = [
        arc(
            np.array([towards * 0.17, 0.03]) + rng.normal(0, 0.03, 2),
            (0 if towards > 0 else np.pi) + rng.uniform(-1.35, 1.35),
            reach * rng.uniform(0.5, 1.0),
            rng.normal(0, 0.5),
            corners=7,
        )
        for towards in TOWARDS.values()
        for _ in range(11)
    ]
    drawn = strokes(len(thorax.x), curves, 0.8)
    lungs = sum(thorax.lungs.values())
    away = np.hypot(np.abs(thorax.x) - 0.17, thorax.y - 0.03)
    return 0.1 * drawn * lungs * np.exp(-away / 0.45)
