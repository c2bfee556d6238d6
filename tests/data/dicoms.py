"""Small DICOM files for the tests."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy.typing as npt
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    SecondaryCaptureImageStorage,
    generate_uid,
)


def write_dicom(
    path: Path,
    pixels: npt.NDArray[Any] | None,
    *,
    kind: str = "MONOCHROME2",
    jpeg: bool = False,
    **elements: Any,
) -> Path:
    """Writes one frame, or several of grey, uncompressed or as a JPEG inside."""
    file = Dataset()
    file.file_meta = FileMetaDataset()
    file.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    file.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    file.file_meta.TransferSyntaxUID = JPEGBaseline8Bit if jpeg else ExplicitVRLittleEndian
    file.SOPClassUID = SecondaryCaptureImageStorage
    file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID
    file.Modality = "CR"
    if pixels is not None:
        _add_pixels(file, pixels, kind, jpeg)
    for name, value in elements.items():
        setattr(file, name, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save_as(path, enforce_file_format=True)
    return path


def _add_pixels(file: Dataset, pixels: npt.NDArray[Any], kind: str, jpeg: bool) -> None:
    colour = pixels.ndim == 3 and pixels.shape[2] == 3
    height, width = pixels.shape[:2] if colour or pixels.ndim == 2 else pixels.shape[1:]
    file.Rows, file.Columns = height, width
    file.SamplesPerPixel = 3 if colour else 1
    if colour:
        file.PlanarConfiguration = 0
    if pixels.ndim == 3 and not colour:
        file.NumberOfFrames = len(pixels)
    file.PhotometricInterpretation = kind
    file.BitsAllocated = file.BitsStored = 8 * pixels.itemsize
    file.HighBit = file.BitsStored - 1
    file.PixelRepresentation = int(pixels.dtype.kind == "i")
    data = pixels.tobytes()
    if jpeg:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "jpeg", quality=95)
        file.PixelData = encapsulate([buffer.getvalue()])
        file["PixelData"].VR = "OB"
    else:
        file.PixelData = data + b"\0" * (len(data) % 2)
        file["PixelData"].VR = "OW" if pixels.itemsize > 1 else "OB"
