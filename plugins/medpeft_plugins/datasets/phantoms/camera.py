"""From a scene to an image: uneven light, colour cast, blur and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from medpeft_plugins.datasets.phantoms.noise import smooth_noise
from medpeft_plugins.datasets.phantoms.paint import Field, coloured, plane


@dataclass(frozen=True)
class Camera:
    """How much a camera and its light vary between images.

    Attributes:
        exposure: Scatter of brightness, as a logarithm.
        cast: Scatter of each channel, as a logarithm.
        uneven: Scatter of the light's slope over the image.
        blur: Largest blur, in pixels.
        grain: Noise of a pixel, in grey levels of 255.
    """

    exposure: float
    cast: float
    uneven: float
    blur: float
    grain: float

    def take(self, scene: Field, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        """Takes an image of a scene in [0, 1], shape ``(side, side)`` or ``(side, side, 3)``."""
        side = len(scene)
        right, down = plane(side)
        slope = rng.normal(0, self.uneven, 2)
        light = slope[0] * right + slope[1] * down + self.uneven * smooth_noise(rng, side, 2, 2)
        light = np.exp(light * 0.7 + rng.normal(0, self.exposure))
        if scene.ndim == 3:
            light = coloured(light, np.exp(rng.normal(0, self.cast, 3)))
        blur = [rng.uniform(0.2, self.blur)] * 2 + [0.0] * (scene.ndim - 2)
        image = ndimage.gaussian_filter(scene * light, blur, mode="nearest", truncate=3)
        # Bright parts saturate gently, as film and sensors' curves do.
        image = np.where(image > 0.8, 1 - 0.2 * np.exp(-(image - 0.8) / 0.2), image)
        image = image + rng.normal(0, self.grain / 255, image.shape)
        return np.round(255 * np.clip(image, 0, 1)).astype(np.uint8)
