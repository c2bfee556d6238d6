"""One DICOM file to 8-bit pixels, as a viewer would show it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from medpeft_sdk.errors import DataError


def is_dicom(source: Path | BinaryIO) -> bool:
    """Tells DICOM by a file's ending, or by the mark behind its preamble."""
    if not isinstance(source, Path):
        start = source.read(132)
        source.seek(0)
        return start[128:] == b"DICM"
    if source.suffix.lower() in (".dcm", ".dicom"):
        return True
    try:
        with source.open("rb") as file:
            return is_dicom(file)
    except OSError:
        return False


def decode_dicom(source: Path | BinaryIO, *, name: str = "") -> npt.NDArray[np.uint8]:
    """Decodes the first frame of a DICOM file.

    Grey values go through the rescaling and then the look-up table or the window that the file
    states, the first of several, as part 3 of the standard (C.11.1, C.11.2) defines them. Where
    it states neither, 8-bit values keep the range that 8 bits can hold; deeper ones are
    stretched from the image's least value to its greatest, padding aside, since detectors fill
    their range as they please. ``MONOCHROME1`` is inverted, so that bone is bright. Colours and
    palettes become RGB.

    Args:
        source: The file, or an opened one.
        name: What errors call it; its path by default.

    Returns:
        Grey pixels, shape ``(height, width)``, or RGB, ``(height, width, 3)``; ``uint8``.

    Raises:
        DataError: The file is missing, cut short, not DICOM, or has no pixels that can be read.
    """
    from pydicom.pixels.utils import pixel_array

    where = name or str(source)
    dataset = _parse(source, where)
    if "PixelData" not in dataset:
        raise _unreadable("it has no pixel data", where)
    try:
        return _to_shown(dataset, pixel_array(dataset, index=0))
    # A damaged file makes decoders raise nearly anything.
    except Exception as error:
        raise _undecodable(dataset, error, where) from error


def read_header(path: Path, tags: Sequence[str]) -> dict[str, str]:
    """Reads some elements of a file by their keywords, such as ``PatientSex``, without its pixels.

    Returns:
        The elements that the file has, as text; none for a file that is not DICOM.

    Raises:
        DataError: The file is damaged.
    """
    if not is_dicom(path):
        return {}
    header = _parse(path, str(path), stop_before_pixels=True, specific_tags=list(tags))
    return {tag: str(header[tag].value) for tag in tags if header.get(tag) is not None}


def _parse(source: Path | BinaryIO, where: str, **options: Any) -> Any:
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        return pydicom.dcmread(source, **options)
    except OSError as error:
        raise _unreadable(error.strerror or str(error), where) from error
    except InvalidDicomError as error:
        raise _unreadable("it does not begin as DICOM files do", where) from error
    # A damaged file makes the parser raise nearly anything.
    except Exception as error:
        raise _unreadable(f"{type(error).__name__}: {error}", where) from error


def _to_shown(dataset: Any, pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    from pydicom.pixels.processing import apply_color_lut

    kind = str(dataset.PhotometricInterpretation)
    if kind == "PALETTE COLOR":
        colours = apply_color_lut(pixels, dataset)
        depth = min(8 * colours.itemsize, int(dataset.RedPaletteColorLookupTableDescriptor[2]))
        return _to_8_bits(colours[:, :, :3] / (2**depth - 1))
    if pixels.ndim == 3:
        bits = int(dataset.BitsStored)
        return pixels if bits == 8 else _to_8_bits(pixels / np.float32(2**bits - 1))
    grey = _grey(dataset, pixels)
    return 255 - grey if kind == "MONOCHROME1" else grey


def _grey(dataset: Any, stored: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    from pydicom.pixels.processing import apply_modality_lut, apply_voi

    values = apply_modality_lut(stored, dataset)
    if dataset.get("VOILUTSequence"):
        depth = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        values = apply_voi(np.round(values).astype(np.int32), dataset)
        return _to_8_bits(values / np.float32(2**depth - 1))
    function = str(dataset.get("VOILUTFunction") or "LINEAR")
    center, width = _first(dataset, "WindowCenter"), _first(dataset, "WindowWidth")
    if center is None or width is None or width < (1 if function == "LINEAR" else 1e-9):
        low, high = _range(dataset, stored, values)
        if values.dtype == np.uint8 and (low, high) == (0, 255):
            return values
    elif function == "SIGMOID":
        return _to_8_bits(1 / (1 + np.exp(-4 * (values.astype(np.float32) - center) / width)))
    else:
        if function == "LINEAR":
            center, width = center - 0.5, width - 1
        low, high = center - width / 2, center + width / 2
    return _to_8_bits((values.astype(np.float32) - low) / max(high - low, 1e-9))


def _range(dataset: Any, stored: npt.NDArray[Any], values: npt.NDArray[Any]) -> tuple[float, float]:
    """Returns the values that become black and white where the file states no window."""
    from pydicom.pixels.processing import apply_modality_lut

    bits = int(dataset.BitsStored)
    if bits <= 8 and not dataset.PixelRepresentation and "ModalityLUTSequence" not in dataset:
        ends = apply_modality_lut(np.array([0, 2**bits - 1], dtype=np.uint8), dataset)
        return float(ends.min()), float(ends.max())
    padding = dataset.get("PixelPaddingValue")
    if padding is not None and (real := stored != padding).any():
        values = values[real]
    return float(values.min()), float(values.max())


def _first(dataset: Any, tag: str) -> float | None:
    """Returns a number, or the first of several; ``None`` where it is absent or empty."""
    element = dataset.get_item(tag) and dataset[tag]
    if not element or not element.VM:
        return None
    return float(element.value if element.VM == 1 else element.value[0])


def _to_8_bits(shares: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Maps 0 to black and 1 to white, and what is outside to the nearer of them."""
    return np.rint(255 * shares.clip(0, 1)).astype(np.uint8)


def _undecodable(dataset: Any, error: Exception, where: str) -> DataError:
    """Says how the pixels are encoded, and what helps: decoders exist for what is standard."""
    from pydicom.uid import UncompressedTransferSyntaxes

    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if syntax is None:
        return _unreadable("it does not state how its pixels are encoded", where)
    if not syntax.is_transfer_syntax:
        return _unreadable(
            f"its pixels are encoded in a form that the standard does not know ({syntax})",
            where,
            mend="export the image again in one of the standard's forms, or remove it",
        )
    decoders = ", or install more decoders: pip install 'medpeft-sdk[dicom]'"
    return _unreadable(
        f"its pixels ({syntax.name}) cannot be decoded: {error}",
        where,
        mend="fetch the file again" + ("" if syntax in UncompressedTransferSyntaxes else decoders),
    )


def _unreadable(
    why: str, where: str, *, mend: str = "fetch the file again, or remove it"
) -> DataError:
    return DataError(
        f"a DICOM file cannot be read: {why}",
        where=where,
        expected="a whole DICOM image",
        mend=mend,
    )
