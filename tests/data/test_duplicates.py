from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from medpeft_sdk.data import duplicates
from medpeft_sdk.data.duplicates import SIDE, clusters, find_twins, thumbnail

Pixels = npt.NDArray[np.uint8]


def scene(seed: int, size: tuple[int, int] = (200, 160)) -> Image.Image:
    """Draws smooth light and texture, as images of one kind have them, and details of its own."""
    chance = np.random.default_rng(seed)
    layers = [
        np.asarray(Image.fromarray(chance.random((k, k)).astype(np.float32)).resize(size, 3))
        for k in (4, 12, 32)
    ]
    mixed = 0.5 * layers[0] + 0.3 * layers[1] + 0.2 * layers[2]
    grey = np.uint8(255 * (mixed - mixed.min()) / np.ptp(mixed))
    return Image.fromarray(np.repeat(grey[:, :, None], 3, axis=2))


def encoded(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def brighter(image: Image.Image) -> Image.Image:
    return image.point(lambda value: min(255, int(1.1 * value + 10)))


def thumbnails(*images: Image.Image) -> Pixels:
    return np.stack([thumbnail(np.asarray(image)) for image in images])


@pytest.mark.parametrize(
    "change",
    [
        lambda image: encoded(image, 50),
        lambda image: image.resize((image.width // 2, image.height // 2), 3),
        lambda image: encoded(image.resize((128, 128), 3), 75),
        lambda image: image.convert("L").convert("RGB"),
        brighter,
    ],
)
def test_an_image_is_found_again_after_a_change(change):
    originals = [scene(seed) for seed in range(40)]
    changed = [change(image) for image in originals]
    found = set(find_twins(thumbnails(*originals, *changed)))
    assert found == {(row, row + 40) for row in range(40)}


def test_images_that_share_a_frame_are_not_taken_for_one_another():
    y, x = np.mgrid[:200, :200]
    inside = Image.fromarray(np.uint8(255 * (np.hypot(y - 100, x - 100) < 95)))
    framed = [
        Image.composite(scene(i, (200, 200)), Image.new("RGB", (200, 200)), inside)
        for i in range(60)
    ]
    assert list(find_twins(thumbnails(*framed))) == []


def test_a_set_of_copies_is_one_cluster():
    views = [encoded(scene(seed % 4), 90 - seed // 4) for seed in range(80)]
    assert sorted(map(len, clusters(find_twins(thumbnails(*views))))) == [20] * 4


def test_blank_images_are_nobodys_twins():
    blank = [Image.new("RGB", (50, 40), (value,) * 3) for value in (0, 0, 255)]
    assert list(find_twins(thumbnails(*blank, scene(0)))) == []


def test_blocks_do_not_matter(monkeypatch):
    images = thumbnails(*[scene(seed % 30) for seed in range(70)])
    whole = set(find_twins(images))
    monkeypatch.setattr(duplicates, "_BLOCK", 16)
    assert set(find_twins(images)) == whole
    assert len(whole) == 30 * 1 + 10 * 2


def test_no_image_at_all():
    assert list(find_twins(np.zeros((0, SIDE, SIDE), dtype=np.uint8))) == []


def test_clusters_join_what_shares_a_row():
    assert clusters([(4, 7), (1, 2), (7, 9), (2, 0)]) == [(0, 1, 2), (4, 7, 9)]
    assert clusters([]) == []
