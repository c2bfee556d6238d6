"""DICOM in its photometric forms, against closed forms of the standard."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import JPEGLosslessSV1

from medpeft_sdk.data import decode_image, read_header
from medpeft_sdk.data.dicom import decode_dicom
from medpeft_sdk.errors import DataError
from tests.data.dicoms import write_dicom

GREY = np.arange(256, dtype=np.uint8).reshape(16, 16)
DEEP = (np.arange(256, dtype=np.uint16) * 16).reshape(16, 16)
"""Twelve bits, as detectors have them."""


def decoded(tmp_path, pixels, **options):
    image = decode_image(write_dicom(tmp_path / "x.dcm", pixels, **options))
    assert image.dtype == np.uint8
    assert image.flags["C_CONTIGUOUS"]
    return image


def grey(tmp_path, pixels, **options):
    image = decoded(tmp_path, pixels, **options)
    assert (image == image[:, :, :1]).all()
    return image[:, :, 0]


def scaled(values, low, high):
    return np.rint(255 * ((values.astype(float) - low) / (high - low)).clip(0, 1))


def test_8_bits_keep_their_range(tmp_path):
    dark = GREY // 4
    assert (grey(tmp_path, GREY) == GREY).all()
    assert (grey(tmp_path, dark) == dark).all()
    assert (grey(tmp_path, dark, RescaleSlope=1, RescaleIntercept=0) == dark).all()
    assert (grey(tmp_path, dark, RescaleSlope=2, RescaleIntercept=-100) == dark).all()
    assert (grey(tmp_path, dark, RescaleSlope=-1, RescaleIntercept=255) == 255 - dark).all()


def test_monochrome1_is_inverted(tmp_path):
    assert (grey(tmp_path, GREY, kind="MONOCHROME1") == 255 - GREY).all()


def test_deeper_pixels_fill_the_range_of_the_image(tmp_path):
    assert (grey(tmp_path, DEEP + 15, BitsStored=12, HighBit=11) == scaled(DEEP, 0, 4080)).all()
    signed = DEEP.astype(np.int16) - 2000
    assert (grey(tmp_path, signed) == scaled(DEEP, 0, 4080)).all()
    flat = np.full((4, 4), 700, dtype=np.uint16)
    assert (grey(tmp_path, flat) == 0).all()


def test_padding_does_not_stretch_the_range(tmp_path):
    padded = DEEP.astype(np.int16)
    padded[0, :4] = -2000
    found = grey(tmp_path, padded, PixelPaddingValue=-2000)
    assert (found == scaled(padded, 64, 4080)).all()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (None, lambda x: ((x - 999.5) / 599 + 0.5).clip(0, 1)),
        ("LINEAR_EXACT", lambda x: ((x - 1000) / 600 + 0.5).clip(0, 1)),
        ("SIGMOID", lambda x: 1 / (1 + np.exp(-4 * (x - 1000) / 600))),
    ],
)
def test_windows_are_those_of_the_standard(tmp_path, function, expected):
    options = {"WindowCenter": [1000, 40], "WindowWidth": [600, 400], "VOILUTFunction": function}
    found = grey(tmp_path, DEEP, **{k: v for k, v in options.items() if v})
    assert np.abs(found - 255 * expected(DEEP.astype(float))).max() < 0.501


def test_windows_agree_with_pydicom(tmp_path):
    from pydicom import dcmread
    from pydicom.pixels import apply_modality_lut, apply_windowing

    options = {"WindowCenter": 40, "WindowWidth": 400, "RescaleSlope": 2, "RescaleIntercept": -1024}
    path = write_dicom(tmp_path / "x.dcm", DEEP, **options)
    file = dcmread(path)
    low, high = -1024, 65535 * 2 - 1024
    theirs = apply_windowing(apply_modality_lut(file.pixel_array, file), file)
    found = decode_dicom(path)
    assert np.abs(found - 255 * (theirs - low) / (high - low)).max() < 0.501


def test_a_window_applies_to_rescaled_values(tmp_path):
    found = grey(
        tmp_path, DEEP, RescaleSlope=0.5, RescaleIntercept=-500, WindowCenter=0.5, WindowWidth=1001
    )
    assert (found == scaled(DEEP * 0.5 - 500, -500, 500)).all()


def test_a_window_of_no_width_is_as_none(tmp_path):
    assert (grey(tmp_path, GREY, WindowCenter=0, WindowWidth=0) == GREY).all()


def test_a_table_of_values_goes_before_a_window(tmp_path):
    table = Dataset()
    table.LUTDescriptor = [256, 0, 8]
    table.LUTData = (255 - np.arange(256, dtype=np.uint16)).tolist()
    table["LUTData"].VR = "US"
    found = grey(
        tmp_path, GREY.astype(np.uint16), VOILUTSequence=[table], WindowCenter=9, WindowWidth=9
    )
    assert (found == 255 - GREY).all()


def test_colours(tmp_path):
    rgb = np.stack([GREY, 255 - GREY, GREY // 2], axis=2)
    assert (decoded(tmp_path, rgb, kind="RGB") == rgb).all()
    ybr = np.array(np.broadcast_to(np.array([76, 85, 255], dtype=np.uint8), (4, 4, 3)))
    red = decoded(tmp_path, ybr, kind="YBR_FULL").astype(int)
    assert np.abs(red - [254, 0, 0]).max() <= 2


def test_palettes(tmp_path):
    luts = {}
    for name, scale in {"Red": 257, "Green": 128, "Blue": 0}.items():
        values = np.arange(256, dtype=np.uint16) * scale
        luts[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        luts[f"{name}PaletteColorLookupTableData"] = values.astype("<u2").tobytes()
    found = decoded(tmp_path, GREY, kind="PALETTE COLOR", **luts)
    assert (found[:, :, 0] == GREY).all()
    assert (np.abs(found[:, :, 1] - GREY / 2) < 1).all()
    assert (found[:, :, 2] == 0).all()


def test_jpeg_inside(tmp_path):
    smooth = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None], 32, axis=0)
    found = grey(tmp_path, smooth, jpeg=True).astype(int)
    assert np.abs(found - smooth).max() < 6
    colour = np.stack([smooth, smooth.T, smooth // 2], axis=2)
    found = decoded(tmp_path, colour, jpeg=True, kind="YBR_FULL_422").astype(int)
    assert np.abs(found - colour).mean() < 6


def test_the_first_of_several_frames(tmp_path):
    assert (grey(tmp_path, np.stack([GREY, 255 - GREY])) == GREY).all()


def test_the_mark_tells_a_file_without_its_ending(tmp_path):
    path = write_dicom(tmp_path / "x.dcm", GREY)
    other = path.rename(tmp_path / "1.2.840")
    assert (decode_image(other)[:, :, 0] == GREY).all()
    assert (decode_image(io.BytesIO(other.read_bytes()), name="x")[:, :, 0] == GREY).all()


def test_headers(tmp_path):
    path = write_dicom(tmp_path / "x.dcm", GREY, PatientSex="F", PatientAge="043Y")
    tags = ("PatientSex", "PatientAge", "ViewPosition")
    assert read_header(path, tags) == {"PatientSex": "F", "PatientAge": "043Y"}
    (tmp_path / "x.png").write_bytes(b"no DICOM")
    assert read_header(tmp_path / "x.png", tags) == {}


def test_bad_files(tmp_path):
    whole = write_dicom(tmp_path / "whole.dcm", GREY).read_bytes()
    for name, content, message in [
        ("short.dcm", whole[:-40], "cannot be decoded"),
        ("header.dcm", whole[:200], "cannot be read"),
        ("text.dcm", b"<html>" * 100, "does not begin as DICOM"),
        ("empty.dcm", b"", "cannot be read"),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=message) as error:
            decode_image(tmp_path / name)
        assert str(tmp_path / name) in str(error.value)
    with pytest.raises(DataError, match="No such file"):
        decode_image(tmp_path / "absent.dcm")
    with pytest.raises(DataError, match="no pixel data"):
        decode_image(write_dicom(tmp_path / "none.dcm", None))
    with pytest.raises(DataError, match="cannot be read"):
        read_header(tmp_path / "text.dcm", ("PatientSex",))


def test_an_unknown_compression_names_it_and_what_to_install(tmp_path):
    from pydicom import dcmread

    path = write_dicom(tmp_path / "x.dcm", GREY, jpeg=True)
    file = dcmread(path)
    file.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    file.save_as(path)
    with pytest.raises(DataError, match="JPEG Lossless") as error:
        decode_image(path)
    assert "medpeft-sdk[dicom]" in str(error.value)


@pytest.mark.parametrize("syntax", ["1.2.840.113619.5.2", "1.2.3.4.5"])
def test_a_private_transfer_syntax_is_named(tmp_path, syntax):
    from pydicom import dcmread

    path = write_dicom(tmp_path / "x.dcm", GREY)
    file = dcmread(path)
    file.file_meta.TransferSyntaxUID = syntax
    file.save_as(path, implicit_vr=False, little_endian=True)
    with pytest.raises(
        DataError, match=f"form that the standard does not know .*{syntax}"
    ) as error:
        decode_image(path)
    assert str(path) in str(error.value)


def test_a_file_that_states_no_transfer_syntax(tmp_path):
    from pydicom import dcmread

    path = write_dicom(tmp_path / "x.dcm", GREY)
    file = dcmread(path)
    del file.file_meta.TransferSyntaxUID
    file.save_as(path, implicit_vr=False, little_endian=True)
    with pytest.raises(DataError, match="does not state how its pixels are encoded"):
        decode_image(path)
