"""An image of any shape to a square of one size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from medpeft_sdk.data.decode import to_pixels
from medpeft_sdk.errors import DataError

Fit = Literal["squash", "crop", "pad"]


def fit_image(
    image: Image.Image | npt.NDArray[np.uint8], size: int, fit: Fit
) -> npt.NDArray[np.uint8]:
    """Resizes an image to a square, bicubic and antialiased.

    Args:
        image: Of mode ``RGB`` or ``L``; or RGB pixels, shape ``(height, width, 3)``, ``uint8``.
        size: Side of the square, in pixels.
        fit: ``squash`` keeps the whole field of view, ``crop`` resizes the shorter side and cuts
            the centre, ``pad`` resizes the longer side and adds black.

    Returns:
        RGB pixels, shape ``(size, size, 3)``, ``uint8``.

    Raises:
        DataError: The pixels have another shape or type.
    """
    if not isinstance(image, Image.Image):
        image = _from_pixels(image)
    if image.size != (size, size):
        image = _FITS[fit](image, size)
    return to_pixels(image)


def _from_pixels(pixels: npt.NDArray[np.uint8]) -> Image.Image:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape or pixels.dtype != np.uint8:
        raise DataError(
            f"an image came with shape {pixels.shape} and type {pixels.dtype}",
            where="the dataset plugin's read",
            expected="(height, width, 3), uint8",
        )
    return Image.fromarray(pixels)


_BICUBIC = Image.Resampling.BICUBIC
_FITS: dict[Fit, Callable[[Image.Image, int], Image.Image]] = {
    "squash": lambda image, size: image.resize((size, size), _BICUBIC),
    "crop": lambda image, size: ImageOps.fit(image, (size, size), _BICUBIC),
    "pad": lambda image, size: ImageOps.pad(image, (size, size), _BICUBIC, color=0),
}
