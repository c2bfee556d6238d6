"""One DICOM file to 8-bit RGB pixels, as a viewer would show it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from medpeft_sdk.errors import DataError


def is_dicom(path: Path) -> bool:
    """Tells a DICOM file by its ending, or by the mark behind its preamble."""
    if path.suffix.lower() in (".dcm", ".dicom"):
        return True
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def decode_dicom(path: Path) -> npt.NDArray[np.uint8]:
    """Decodes the first frame of a DICOM file.

    Grey values go through the rescaling and the window that the file states, the first of
    several; without a window, the range of the values that the file can store is mapped to 8
    bits where it stores 8, and that of the image elsewhere, since detectors fill their range as
    they please. ``MONOCHROME1`` is inverted, so that bone is bright. Colour is converted to RGB.

    Returns:
        RGB pixels, shape ``(height, width, 3)``, ``uint8``.

    Raises:
        DataError: The file is missing, cut short, not DICOM, or has no pixels that can be read.
    """
    import pydicom
    from pydicom.pixels.processing import apply_color_lut, convert_color_space

    try:
        dataset = pydicom.dcmread(path)
    except FileNotFoundError as error:
        raise _unreadable(path, "there is no such file") from error
    # A damaged file makes the parser raise nearly anything.
    except Exception as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error
    if "PixelData" not in dataset:
        raise _unreadable(path, "it has no pixel data")
    try:
        pixels = dataset.pixel_array
    except Exception as error:
        raise _unreadable(path, f"its pixels cannot be decoded: {error}") from error
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        pixels = pixels[0]
    kind = str(dataset.PhotometricInterpretation)
    if kind == "PALETTE COLOR":
        return _to_8_bits(apply_color_lut(pixels, dataset), 65535)
    if int(dataset.get("SamplesPerPixel", 1)) == 3:
        # pydicom has turned compressed forms into RGB already; what is stored plainly is not.
        if kind.startswith("YBR") and not dataset.file_meta.TransferSyntaxUID.is_compressed:
            pixels = convert_color_space(pixels, kind, "RGB")
        return _to_8_bits(pixels, 2 ** int(dataset.BitsStored) - 1)
    grey = _windowed(dataset, pixels)
    if kind == "MONOCHROME1":
        grey = 255 - grey
    return np.repeat(grey[:, :, None], 3, axis=2)


def read_header(path: Path, tags: Sequence[str]) -> dict[str, str]:
    """Reads some elements of a file by their keywords, such as ``PatientSex``, without its pixels.

    Returns:
        The elements that the file has, as text; none for a file that is not DICOM.
    """
    import pydicom

    if not is_dicom(path):
        return {}
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(tags))
    except Exception as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error
    return {tag: str(header[tag].value) for tag in tags if tag in header}


def _windowed(dataset: Any, stored: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

    values = np.asarray(apply_modality_lut(stored, dataset), dtype=np.float64)
    bits = int(dataset.BitsStored)
    if "WindowCenter" in dataset and "WindowWidth" in dataset:
        center, width = (_first(dataset, name) for name in ("WindowCenter", "WindowWidth"))
        low, high = center - width / 2, center + width / 2
    elif "VOILUTSequence" in dataset:
        values = np.asarray(apply_voi_lut(values.astype(stored.dtype), dataset), dtype=np.float64)
        low, high = 0.0, float(2 ** int(dataset.VOILUTSequence[0].LUTDescriptor[2]) - 1)
    elif bits <= 8 and not dataset.PixelRepresentation and "RescaleSlope" not in dataset:
        low, high = 0.0, float(2**bits - 1)
    else:
        low, high = float(values.min()), float(values.max())
    scaled = (values - low) / max(high - low, 1e-9)
    return np.round(255 * scaled.clip(0, 1)).astype(np.uint8)


def _first(dataset: Any, name: str) -> float:
    value = dataset[name].value
    return float(value[0] if hasattr(value, "__len__") and not isinstance(value, str) else value)


def _to_8_bits(pixels: npt.NDArray[Any], highest: int) -> npt.NDArray[np.uint8]:
    if highest == 255:
        return np.ascontiguousarray(pixels, dtype=np.uint8)
    return np.round(pixels.astype(np.float64) * (255 / highest)).astype(np.uint8)


def _unreadable(path: Path, why: str) -> DataError:
    return DataError(
        f"a DICOM file cannot be read: {why}",
        where=str(path),
        expected="a whole DICOM image",
        mend="fetch the file again, or remove it",
    )
