"""An image of any shape to a square of one size."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from medpeft_sdk.errors import DataError

Fit = Literal["squash", "crop", "pad"]


def fit_image(pixels: npt.NDArray[np.uint8], size: int, fit: Fit) -> npt.NDArray[np.uint8]:
    """Resizes an image to a square, bicubic and antialiased.

    Args:
        pixels: RGB, shape ``(height, width, 3)``, ``uint8``.
        size: Side of the square, in pixels.
        fit: ``squash`` keeps the whole field of view, ``crop`` resizes the shorter side and cuts
            the centre, ``pad`` resizes the longer side and adds black.

    Returns:
        RGB pixels, shape ``(size, size, 3)``, ``uint8``.

    Raises:
        DataError: The pixels have another shape or type.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape or pixels.dtype != np.uint8:
        raise DataError(
            f"an image came with shape {pixels.shape} and type {pixels.dtype}",
            where="the dataset plugin's read",
            expected="(height, width, 3), uint8",
        )
    image, square = Image.fromarray(pixels), (size, size)
    if image.size == square:
        return pixels
    bicubic = Image.Resampling.BICUBIC
    if fit == "squash":
        return np.array(image.resize(square, bicubic))
    if fit == "crop":
        return np.array(ImageOps.fit(image, square, bicubic))
    return np.array(ImageOps.pad(image, square, bicubic, color=(0, 0, 0)))
