"""From echo to image: speckle, beam, log compression."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_ultrasound.scene import MARGIN, SIDE, View
from medpeft_plugins.datasets.phantoms.paint import Field

Waves = npt.NDArray[np.float32]


def scan(echo: Field, level: Field, view: View, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Scans a scene.

    Each point scatters the sound with a random amplitude and phase. Pulse and beam blur the
    complex sum, whose magnitude is speckled as ultrasound is; averaging over several angles
    calms it. The beam is wider away from its focus.

    Args:
        echo: Echo of each point in decibels, shape ``(SIDE, SIDE)``.
        level: Change of level down to each point, in decibels.
        view: Geometry and settings.
        rng: Source of the speckle.

    Returns:
        Grey values, shape ``(SIDE - 2 * MARGIN, SIDE - 2 * MARGIN)``, ``uint8``.
    """
    # Real and imaginary parts of each angle, one after the other.
    waves = rng.standard_normal((2 * view.looks, SIDE, SIDE), dtype=np.float32)
    waves *= (10 ** ((echo + level) / 20)).astype(np.float32)
    waves = _blur(waves, 0.22 / view.pixel, axis=1)
    focused = _blur(waves, 0.32 / view.pixel, axis=2)
    wide = _blur(focused, 0.55 / view.pixel, axis=2)
    out_of_focus = np.abs(np.linspace(-0.7, 1, SIDE, dtype=np.float32))[:, None]
    power = np.square(focused + (wide - focused) * out_of_focus).mean(axis=0) + 1e-5
    decibels = 10 * np.log10(power) + view.gain
    grey = np.clip(0.54 + decibels / view.dynamic_range, 0, 1)
    return np.round(255 * grey[MARGIN:-MARGIN, MARGIN:-MARGIN]).astype(np.uint8)


def _blur(waves: Waves, sigma: float, *, axis: int) -> Waves:
    """Blurs along one axis with a Gaussian that keeps the mean power of white noise."""
    reach = int(np.ceil(2 * sigma))
    weights = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2)
    weights /= np.sqrt(2 * (weights**2).sum() - 1)
    ahead = np.moveaxis(waves, axis, -1)
    blurred = ahead * np.float32(weights[0])
    for step in range(1, reach + 1):
        part = ahead * np.float32(weights[step])
        blurred[..., step:] += part[..., :-step]
        blurred[..., :-step] += part[..., step:]
    return np.moveaxis(blurred, -1, axis)
