"""The healthy chest: how much X-rays each point takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from medpeft_plugins.datasets.phantom_chest.body import Body
from medpeft_plugins.datasets.phantom_chest.findings import SIDES, Findings, Side, Zone
from medpeft_plugins.datasets.phantoms.noise import smooth_noise
from medpeft_plugins.datasets.phantoms.paint import Field, beyond, line, turned

TOWARDS: dict[Side, int] = {"right": -1, "left": 1}
"""The patient's right is on the left of the film."""

_LEVELS: dict[Zone, float] = {"upper": 0.25, "mid": 0.52, "lower": 0.8}


@dataclass(frozen=True)
class Thorax:
    """Where things are on one film.

    Attributes:
        body: Measures.
        findings: What changes the measures: heart and lungs.
        x: To the right of the midline, which may be tilted and shifted, shape ``(side, side)``.
        y: Down.
        base: Height of the right dome of the diaphragm.
        heart: Half the width of the heart, as a share of the chest's.
    """

    body: Body
    findings: Findings
    x: Field
    y: Field
    base: float
    heart: float

    @cached_property
    def lungs(self) -> dict[Side, Field]:
        """1 within a lung, 0 outside."""
        return {
            side: beyond(self._wall - self.x * towards, 0.012)
            * beyond(self.x * towards - 0.04, 0.02)
            * beyond(self.dome(side) - self.y, 0.012)
            for side, towards in TOWARDS.items()
        }

    def ribcage(self) -> Field:
        """Returns 1 within the ribs, 0 outside."""
        return beyond(self._wall + 0.05 - np.abs(self.x), 0.012)

    def dome(self, side: Side) -> Field:
        """Returns the height of the diaphragm at each point of a side."""
        flat = 1 - 0.7 * self.findings.emphysema
        away = (self.x * TOWARDS[side] - 0.3) / 0.4
        return self.base + (0.05 if side == "left" else 0) + 0.2 * flat * away**2

    def place(self, side: Side, zone: Zone, offset: tuple[float, float]) -> tuple[float, float]:
        """Returns the middle of a zone, moved by an offset in shares of the lung's width."""
        level = self.body.apex + _LEVELS[zone] * (self.base - self.body.apex)
        share = 0.42 if zone == "upper" else 0.56
        out = self.body.width * (share + offset[0])
        return TOWARDS[side] * out, level + offset[1]

    @cached_property
    def _wall(self) -> Field:
        """Half the width of the chest at each height: a bell."""
        down = np.clip((self.y - self.body.apex) / (self.base - self.body.apex), 0, 1.4)
        return self.body.width * np.sqrt(1 - np.clip(1 - 0.95 * down, 0, 1) ** 3.2)


def density(thorax: Thorax, rng: np.random.Generator) -> Field:
    """Draws soft tissue, lungs, heart and great vessels."""
    body, x, y, side = thorax.body, thorax.x, thorax.y, len(thorax.x)
    shoulders = -1.06 + (0.45 - 0.12 * (body.thickness - 1)) * np.abs(x) ** 1.5
    inside = beyond(y - shoulders, 0.025) * beyond(1.1 - np.abs(x), 0.02)
    field = inside * (0.6 + 0.1 * (body.thickness - 1) + 0.03 * smooth_noise(rng, side, 5, 5))
    air = (0.4 + 0.06 * thorax.findings.emphysema) / body.thickness**0.5
    belly = beyond(body.width - np.abs(x), 0.05)
    for name in SIDES:
        here = beyond(x * TOWARDS[name], 0.01)
        field = field - air * thorax.lungs[name]
        field = field + 0.13 * beyond(y - thorax.dome(name), 0.02) * here * belly
    return field + _middle(thorax) + _soft_parts(thorax, rng)


def _middle(thorax: Thorax) -> Field:
    """Heart, aorta, great vessels, hila, windpipe and spine."""
    body, x, y = thorax.body, thorax.x, thorax.y
    half = thorax.heart * body.width
    low = thorax.base - 0.8 * half
    along, across = turned(x - 0.22 * half, y - low - 0.1 * half, 0.45)
    left = np.hypot(along / (1.12 * half), across / (0.8 * half))
    right = np.hypot((x + 0.28 * half) / (0.5 * half), (y - low) / (0.85 * half))
    taper = np.clip((y + 0.45) / (low + 0.45), 0, 1)
    stem = 0.115 + 0.02 * body.aorta + 0.55 * half * taper**2
    parts = (
        beyond(1 - left, 0.06),
        beyond(1 - right, 0.1),
        beyond(stem - np.abs(x - 0.03), 0.025) * beyond(low + 0.1 - y, 0.08),
        beyond(1 - np.hypot(x - 0.1, y + 0.32) / (0.06 + 0.06 * body.aorta), 0.12),
    )
    soft = 1 - np.prod([1 - part for part in parts], axis=0)
    hila = sum(line(np.hypot((x - at) / 0.8, y + 0.05), 0.11) for at in (-0.22, 0.24))
    windpipe = line(x + 0.01, 0.035) * beyond(-0.25 - y, 0.04)
    spine = line(x, 0.08) * (0.7 + 0.3 * np.cos(2 * np.pi * y / 0.14))
    return 0.33 * soft + 0.08 * hila - 0.14 * windpipe + 0.04 * spine


def _soft_parts(thorax: Thorax, rng: np.random.Generator) -> Field:
    """Breasts, and air in the stomach."""
    x, y = thorax.x, thorax.y
    field = np.zeros_like(x)
    if thorax.body.sex == "F":
        size, low = rng.uniform(0.24, 0.34), thorax.base - rng.uniform(0.12, 0.3)
        for towards in TOWARDS.values():
            breast = np.hypot((x * towards - 0.4) / 1.1, y - low)
            field += rng.uniform(0.05, 0.11) * beyond(size - breast, 0.05)
    if rng.uniform() < 0.6:
        bubble = np.hypot((x - rng.uniform(0.25, 0.42)) / 1.4, y - thorax.base - 0.2)
        field -= 0.2 * beyond(rng.uniform(0.05, 0.1) - bubble, 0.02)
    return field
