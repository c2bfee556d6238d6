"""Augmentation of a whole batch on its device."""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Augmentation = Literal["none", "flip", "standard"]

AREA = (0.6, 1.0)
"""Share of the image that a random crop keeps; small lesions must stay in view."""

RATIO = (0.8, 1.25)
"""Aspect ratio of a random crop, width over height."""

STRENGTH = 0.2
"""Brightness and contrast are scaled by factors in ``[1 - STRENGTH, 1 + STRENGTH]``."""


def augment(images: Tensor, policy: Augmentation, generator: torch.Generator) -> Tensor:
    """Augments each image of a batch on its own.

    Args:
        images: Shape ``(n, channels, height, width)``; ``uint8``, which is fastest on a CPU, or
            floating point, at any scale whose zero is black.
        policy: ``none``; ``flip``, horizontal; or ``standard``: random resized crop, horizontal
            flip, brightness and contrast.
        generator: The only source of chance.

    Returns:
        Images of the same shape and scale, not clipped; floating point under ``standard``.
    """
    if policy == "none":
        return images
    flips = _uniform(len(images), 0, 1, generator) < 0.5
    if policy == "flip":
        return _flip(images, flips)
    images = _crop(images, _boxes(len(images), generator), flips).float()
    return _brightness_and_contrast(images, generator)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.empty(n, device=generator.device).uniform_(low, high, generator=generator)


def _boxes(n: int, generator: torch.Generator) -> Tensor:
    """Draws crops as left, top, width and height in shares of the image, shape ``(n, 4)``."""
    area = _uniform(n, *AREA, generator)
    ratio = _uniform(n, math.log(RATIO[0]), math.log(RATIO[1]), generator).exp()
    width = (area * ratio).sqrt().clamp(max=1)
    height = (area / ratio).sqrt().clamp(max=1)
    left = _uniform(n, 0, 1, generator) * (1 - width)
    top = _uniform(n, 0, 1, generator) * (1 - height)
    return torch.stack([left, top, width, height], dim=1)


def _flip(images: Tensor, flips: Tensor) -> Tensor:
    """Picks each image from the batch and its mirror image: whole rows copy fastest."""
    pixels = images.permute(0, 2, 3, 1)
    both = torch.cat([pixels, pixels.flip(2)])
    rows = torch.arange(len(images), device=images.device) + len(images) * flips.to(images.device)
    return both.index_select(0, rows).permute(0, 3, 1, 2)


def _crop(images: Tensor, boxes: Tensor, flips: Tensor) -> Tensor:
    """Cuts a box out of each image, flips it where told, and resizes it, bilinear.

    On a CPU the edges of boxes are rounded to whole pixels.
    """
    # On a CPU, resizing 8-bit images one by one is about five times as fast as sampling a grid.
    if images.device.type == "cpu":
        return _crop_one_by_one(images, boxes, flips)
    return _crop_by_grid(images, boxes.to(images.device), flips.to(images.device))


def _crop_by_grid(images: Tensor, boxes: Tensor, flips: Tensor) -> Tensor:
    left, top, width, height = boxes.unbind(1)
    theta = torch.zeros(len(images), 2, 3, device=images.device)
    theta[:, 0, 0], theta[:, 0, 2] = torch.where(flips, -width, width), 2 * left + width - 1
    theta[:, 1, 1], theta[:, 1, 2] = height, 2 * top + height - 1
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images.float(), grid, padding_mode="border", align_corners=False)


def _crop_one_by_one(images: Tensor, boxes: Tensor, flips: Tensor) -> Tensor:
    size = images.shape[-2:]
    edges = torch.tensor([size[1], size[0], size[1], size[0]])
    pixels = (boxes.cpu() * edges).round().long().tolist()
    out = torch.empty_like(images)
    for i, ((left, top, width, height), flip) in enumerate(
        zip(pixels, flips.tolist(), strict=True)
    ):
        part = images[i : i + 1, :, top : top + height, left : left + width]
        part = part.flip(-1) if flip else part
        out[i : i + 1] = F.interpolate(part, size=size, mode="bilinear", align_corners=False)
    return out


def _brightness_and_contrast(images: Tensor, generator: torch.Generator) -> Tensor:
    """Scales each image, and its distance from its own mean; both in one pass."""
    low, high = 1 - STRENGTH, 1 + STRENGTH
    drawn = torch.stack([_uniform(len(images), low, high, generator) for _ in range(2)])
    brightness, contrast = drawn.to(images.device)[:, :, None, None, None]
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return images.mul_(brightness * contrast).add_(mean * brightness * (1 - contrast))
