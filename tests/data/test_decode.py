from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from medpeft_sdk.data import decode_image, fit_image
from medpeft_sdk.data.decode import open_image
from medpeft_sdk.errors import DataError
from tests.data.dicoms import write_dicom

GREY = np.linspace(0, 255, 12 * 9).reshape(9, 12).astype(np.uint8)


def saved(tmp_path, image: Image.Image, name: str = "x.png", **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


def test_8_bit_grey_and_rgb(tmp_path):
    expected = np.repeat(GREY[:, :, None], 3, axis=2)
    assert (decode_image(saved(tmp_path, Image.fromarray(GREY))) == expected).all()
    assert (decode_image(saved(tmp_path, Image.fromarray(expected))) == expected).all()


def test_16_bit_keeps_the_range_of_its_type(tmp_path):
    deep = Image.fromarray(GREY.astype(np.uint16) * 257)
    assert (decode_image(saved(tmp_path, deep))[:, :, 1] == GREY).all()
    dark = Image.fromarray(np.full((4, 4), 2570, dtype=np.uint16))
    assert (decode_image(saved(tmp_path, dark)) == 10).all()
    assert (decode_image(saved(tmp_path, deep, "x.tif"))[:, :, 0] == GREY).all()


@pytest.mark.parametrize("mode", ["P", "L", "LA", "RGBA", "CMYK", "YCbCr", "1"])
def test_other_modes_look_as_they_should(tmp_path, mode):
    name = {"CMYK": "x.tif", "YCbCr": "x.tif"}.get(mode, "x.png")
    flat = Image.new("RGB", (12, 9), (255, 255, 255)).convert(mode)
    pixels = decode_image(saved(tmp_path, flat, name))
    assert pixels.shape == (9, 12, 3)
    assert pixels.dtype == np.uint8
    assert pixels.min() >= 250


def test_a_palette_gives_its_colours(tmp_path):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 200, 30, 40])
    assert (decode_image(saved(tmp_path, image)) == [200, 30, 40]).all()


def test_transparent_pixels_are_black(tmp_path):
    clear = Image.new("RGBA", (4, 4), (255, 255, 255, 0))
    assert (decode_image(saved(tmp_path, clear)) == 0).all()


def test_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path, Image.new("RGB", (12, 9)), "x.jpg", exif=exif)
    assert decode_image(path).shape == (12, 9, 3)


def test_what_is_no_image_is_named_and_described(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)).save(
        buffer, "png"
    )
    for content, found in [
        (b"", "empty"),
        (b"<!DOCTYPE html><html></html>", "text that begins with '<!DOCTYPE html>"),
        (bytes(range(128, 200)), "72 bytes that begin with 80 81 82"),
        (buffer.getvalue()[:1000], "damaged or cut short"),
    ]:
        path = tmp_path / "bad (1).png"
        path.write_bytes(content)
        with pytest.raises(DataError) as error:
            decode_image(path)
        assert found in str(error.value)
        assert str(path) in str(error.value)
    with pytest.raises(DataError, match="No such file"):
        decode_image(tmp_path / "absent.png")


def test_a_bomb_and_floating_point_are_refused(tmp_path, monkeypatch):
    path = saved(tmp_path, Image.new("L", (64, 64)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 64)
    with pytest.raises(DataError, match="too large"):
        decode_image(path)
    monkeypatch.undo()
    with pytest.raises(DataError, match="floating-point"):
        decode_image(saved(tmp_path, Image.new("F", (4, 4)), "x.tif"))


def test_fits():
    pixels = np.zeros((20, 40, 3), dtype=np.uint8)
    pixels[:, 15:25] = 255
    squash, crop, pad = (fit_image(pixels, 16, fit) for fit in ("squash", "crop", "pad"))
    assert {image.shape for image in (squash, crop, pad)} == {(16, 16, 3)}
    assert crop.mean() > 1.5 * squash.mean() > 2 * pad.mean()
    assert (pad[:3] == 0).all()
    with pytest.raises(DataError, match="float64"):
        fit_image(np.zeros((4, 4, 3)), 16, "squash")  # type: ignore[arg-type]


@pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
@pytest.mark.parametrize(
    "kind", ["RGB", "L", "1", "P", "LA", "RGBA", "CMYK", "I;16", "turned", "dcm"]
)
def test_a_file_made_square_without_an_array_of_all_its_pixels_is_the_same(tmp_path, kind, fit):
    noise = np.random.default_rng(0).integers(0, 256, (41, 57, 3), dtype=np.uint8)
    if kind == "dcm":
        path = write_dicom(tmp_path / "x.dcm", noise[:, :, 0].astype(np.uint16) * 16)
    elif kind == "I;16":
        path = saved(tmp_path, Image.fromarray(noise[:, :, 0].astype(np.uint16) * 257))
    elif kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        path = saved(tmp_path, Image.fromarray(noise), "x.jpg", exif=exif)
    else:
        name = "x.tif" if kind == "CMYK" else "x.png"
        path = saved(tmp_path, Image.fromarray(noise).convert(kind), name)
    assert (fit_image(open_image(path), 16, fit) == fit_image(decode_image(path), 16, fit)).all()
