from __future__ import annotations

import numpy as np
import pytest
import torch

from medpeft_sdk.data import ImageSource, augment, augmentation

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)
PIXELS = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
LABELS = np.arange(12, dtype=np.int64) % 3
ROWS = np.array([3, 7, 1, 11, 5], dtype=np.int64)


def source(**options) -> ImageSource:
    return ImageSource(PIXELS, LABELS, ROWS, mean=MEAN, std=STD, **options)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("resident_bytes", [0, 1 << 20])
def test_a_batch_is_the_normalised_pixels(channels_last, resident_bytes):
    made = source(channels_last=channels_last, resident_bytes=resident_bytes)
    images, labels = made.batch(torch.tensor([4, 0]))
    expected = (PIXELS[[5, 3]] / 255 - MEAN) / STD
    assert images.dtype == torch.float32
    assert np.allclose(images.permute(0, 2, 3, 1).numpy(), expected, atol=1e-5)
    assert labels.tolist() == LABELS[[5, 3]].tolist()
    layout = torch.channels_last if channels_last else torch.contiguous_format
    assert images.is_contiguous(memory_format=layout)


@pytest.mark.parametrize("policy", ["flip", "standard"])
def test_augmentation_is_a_function_of_the_generator(policy):
    made = source()
    positions = torch.arange(5)
    first, second = (made.batch(positions, policy, generator())[0] for _ in range(2))
    other = made.batch(positions, policy, generator(7))[0]
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(made.batch(positions)[0], source().batch(positions)[0])


def test_flip_gives_each_image_or_its_mirror_image():
    images = torch.from_numpy(PIXELS).permute(0, 3, 1, 2)
    flipped = augment(images, "flip", generator())
    mirrored = [torch.equal(a, b.flip(-1)) for a, b in zip(flipped, images, strict=True)]
    same = [torch.equal(a, b) for a, b in zip(flipped, images, strict=True)]
    assert all(a != b for a, b in zip(mirrored, same, strict=True))
    assert 0 < sum(mirrored) < len(images)


def test_standard_varies_place_brightness_and_contrast_and_keeps_the_scene():
    ramp = torch.linspace(0, 200, 32).expand(64, 3, 32, 32)
    made = augment(ramp.contiguous(), "standard", generator())
    assert made.shape == ramp.shape
    assert made.dtype == torch.float32
    slopes = made[:, 0, 16].diff(dim=1).mean(dim=1)
    assert 10 < int((slopes < 0).sum()) < 54
    assert 0.5 < slopes.abs().median() / (200 / 31) < 1.1
    means = made.mean(dim=(1, 2, 3))
    assert abs(float(means.mean()) - 100) < 15
    assert float(means.std()) > 5


def test_both_ways_to_crop_agree():
    across, down = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="xy")
    images = torch.stack([across, 2 * down, across + down])[None].repeat(32, 1, 1, 1)
    boxes = augmentation._boxes(32, generator())
    flips = torch.arange(32) % 2 == 0
    by_grid = augmentation._crop_by_grid(images, boxes, flips)
    one_by_one = augmentation._crop_one_by_one(images, boxes, flips)
    assert float((by_grid - one_by_one).abs().mean()) < 0.5
    assert float((by_grid - one_by_one).abs().max()) < 3


def test_images_are_augmented_one_by_one():
    alike = torch.full((8, 3, 16, 16), 100.0)
    made = augment(alike, "standard", generator())
    assert len({round(float(image.mean()), 3) for image in made}) == 8


def test_augmentation_needs_a_generator():
    with pytest.raises(ValueError, match="generator"):
        source().batch(torch.arange(2), "flip")
