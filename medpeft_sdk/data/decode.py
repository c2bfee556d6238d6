"""One image file to 8-bit pixels, whatever its format and mode."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from medpeft_sdk.data.dicom import decode_dicom, is_dicom
from medpeft_sdk.errors import DataError


def decode_image(source: Path | BinaryIO, *, name: str = "") -> npt.NDArray[np.uint8]:
    """Decodes an image file, or what an opened one holds.

    The orientation of EXIF is applied. 16-bit pixels are divided by 257, so that the full range
    of the type, not of the image, maps to 8 bits. Transparent pixels show black, as the
    background of medical images is. Of a file with several frames, the first is read.

    DICOM files are read as `decode_dicom` says.

    Args:
        source: The file.
        name: What errors call it; its path by default.

    Returns:
        RGB pixels, shape ``(height, width, 3)``, ``uint8``.

    Raises:
        DataError: The file is missing, truncated, not an image, or has pixels without a known
            range; or decoding it would take an absurd amount of memory.
    """
    return to_pixels(open_image(source, name=name))


def to_pixels(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Returns what `open_image` does as RGB pixels, shape ``(height, width, 3)``, ``uint8``."""
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def open_image(source: Path | BinaryIO, *, name: str = "") -> Image.Image:
    """Decodes an image file as `decode_image` does, and leaves it Pillow's.

    Returns:
        An image of mode ``RGB``, or ``L`` where the file is grey: a third of the work to resize.
    """
    where = name or str(source)
    if is_dicom(source):
        return Image.fromarray(decode_dicom(source, name=name))
    try:
        with Image.open(source) as image:
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return _plain(image, where)
    except DataError:
        raise
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise DataError(
            f"an image cannot be read: {error.strerror}",
            where=where,
            expected="a readable file",
            mend="complete the folder, or correct its permissions",
        ) from error
    except Image.DecompressionBombError as error:
        raise DataError(
            "an image is too large to decode",
            where=where,
            expected=f"at most {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels",
            mend="replace the file or scale it down",
        ) from error
    # A damaged file makes Pillow's decoders raise nearly anything.
    except Exception as error:
        raise DataError(
            f"a file is not an image that can be read: it is {_found(source, error)}",
            where=where,
            expected="a whole PNG, JPEG, BMP, TIFF, WebP or DICOM file",
            mend="fetch or unpack the file again, or remove it",
        ) from error


def _plain(image: Image.Image, where: str) -> Image.Image:
    if image.mode.startswith("I"):
        return Image.fromarray(_from_16_bit(np.asarray(image, dtype=np.int64), where))
    if image.mode == "F":
        raise DataError(
            "an image has floating-point pixels, whose range is unknown",
            where=where,
            expected="8 or 16 bits for each channel",
            mend="convert the file",
        )
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        image = image.convert("RGBA")
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(black, image)
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _from_16_bit(pixels: npt.NDArray[np.int64], where: str) -> npt.NDArray[np.uint8]:
    low, high = int(pixels.min()), int(pixels.max())
    if low < 0 or high > 65535:
        raise DataError(
            f"an image has pixels from {low} to {high}",
            where=where,
            expected="8 or 16 bits for each channel",
            mend="convert the file",
        )
    return ((pixels + 128) // 257).astype(np.uint8)


def _found(source: Path | BinaryIO, error: Exception) -> str:
    """Says in words what a file holds that could not be decoded."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            return _found(file, error)
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    start = source.read(24)
    if not start:
        return "empty"
    if not isinstance(error, Image.UnidentifiedImageError):
        return f"damaged or cut short ({error})"
    if all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in start):
        return f"text that begins with {start.decode().strip()!r}"
    return f"{size:,} bytes that begin with {start[:8].hex(' ')}"
