"""Draws findings into the film."""

from __future__ import annotations

import numpy as np

from medpeft_plugins.datasets.phantom_chest.findings import Effusion, Nodule, Opacity
from medpeft_plugins.datasets.phantom_chest.thorax import TOWARDS, Thorax
from medpeft_plugins.datasets.phantoms.noise import smooth_noise
from medpeft_plugins.datasets.phantoms.outline import outward
from medpeft_plugins.datasets.phantoms.paint import Field, beyond, line


def disease(thorax: Thorax, rng: np.random.Generator) -> Field:
    """Draws all findings but those that change the shape of heart and lungs."""
    found = thorax.findings
    field = np.zeros_like(thorax.x)
    for opacity in found.opacities:
        field += _opacity(thorax, opacity, rng)
    for nodule in found.nodules:
        field += _nodule(thorax, nodule)
    for effusion in found.effusions:
        field += _effusion(thorax, effusion)
    for band in found.bands:
        x = thorax.x * TOWARDS[band.side]
        slope = thorax.y - thorax.base + band.height + 0.15 * (x - 0.3)
        length = line(x - 0.32, 0.17)
        field += 0.2 * line(slope, 0.018) * length * thorax.lungs[band.side]
    return field + found.congestion * _congestion(thorax, rng)


def _opacity(thorax: Thorax, opacity: Opacity, rng: np.random.Generator) -> Field:
    """A patchy cloud; lobar ones end at a fissure."""
    side = len(thorax.x)
    right, down = thorax.place(opacity.side, opacity.zone, opacity.place)
    x, y = (thorax.x - right) / opacity.size, (thorax.y - down) / opacity.size
    out = outward(opacity.outline, x, y) + 0.16 * smooth_noise(rng, side, 8, 8)
    cloud = beyond(-out, 0.22)
    if opacity.lobar:
        cloud = cloud * beyond(0.35 - y - 0.1 * x, 0.04)
    patchy = np.clip(0.75 + 0.55 * smooth_noise(rng, side, 15, 15), 0, 1.8)
    return opacity.density * cloud * patchy * thorax.lungs[opacity.side]


def _nodule(thorax: Thorax, nodule: Nodule) -> Field:
    right, down = thorax.place(nodule.side, nodule.zone, nodule.place)
    away = np.hypot(thorax.x - right, thorax.y - down) / nodule.size
    return nodule.density * beyond(1 - away, 0.15) * thorax.lungs[nodule.side]


def _effusion(thorax: Thorax, effusion: Effusion) -> Field:
    """Fluid, whose border rises towards the chest wall."""
    out = np.clip(thorax.x * TOWARDS[effusion.side] / thorax.body.width, 0, 1.1)
    level = thorax.base + 0.16 - 0.55 * effusion.height - 0.22 * out**2
    return 0.36 * beyond(thorax.y - level, 0.035) * thorax.lungs[effusion.side]


def _congestion(thorax: Thorax, rng: np.random.Generator) -> Field:
    """A haze around both hila, with streaks."""
    side = len(thorax.x)
    lungs = sum(thorax.lungs.values())
    away = np.hypot(np.abs(thorax.x) - 0.2, 0.8 * (thorax.y - 0.08))
    streaks = 0.8 + 0.35 * line(smooth_noise(rng, side, 20, 20), 0.5)
    return 0.2 * lungs * line(away, 0.34) * streaks
