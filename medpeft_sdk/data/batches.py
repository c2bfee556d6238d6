"""Batches on the device, straight from the decoded cache: no worker pool, no files, no copies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from medpeft_sdk.data.augmentation import Augmentation, augment

RESIDENT_BYTES = 1 << 30
"""Selections up to this size are kept on the device."""


class ImageSource:
    """Some rows of the decoded cache as normalised batches on a device.

    Positions count the selected rows from zero. A selection of up to `RESIDENT_BYTES` is kept on
    the device as 8-bit pixels; of a larger one, each batch is read from the memory map.

    Args:
        pixels: All decoded images, shape ``(n, side, side, 3)``, ``uint8``.
        labels: Their class indices, shape ``(n,)``; or 0 and 1 for each class, ``(n, classes)``.
        rows: The selected rows.
        mean: Mean of each channel, for pixels in [0, 1].
        std: Standard deviation of each channel.
        device: Where batches are made.
        channels_last: Whether batches are laid out channels last, as CNNs like them.
        resident_bytes: The largest selection to be kept on the device.

    Attributes:
        labels: Labels of the selected rows, on the device, in the form that was given.
    """

    def __init__(
        self,
        pixels: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.int64],
        rows: npt.NDArray[np.int64],
        *,
        mean: Sequence[float],
        std: Sequence[float],
        device: torch.device | str = "cpu",
        channels_last: bool = False,
        resident_bytes: int = RESIDENT_BYTES,
    ) -> None:
        self._pixels, self._rows = pixels, rows
        self._device, self._channels_last = torch.device(device), channels_last
        self.labels = torch.from_numpy(labels[rows]).to(self._device)
        deviation = torch.tensor(std, device=self._device)
        scale, shift = 1 / (255 * deviation), -torch.tensor(mean, device=self._device) / deviation
        # Broadcasting along lines of pixels is many times as fast as along the channels of each.
        self._scale, self._shift = (
            each.repeat(pixels.shape[2]) if channels_last else each[:, None, None]
            for each in (scale, shift)
        )
        fits = len(rows) * pixels[0].nbytes <= resident_bytes
        self._resident = self._read(np.arange(len(rows))) if fits else None

    def __len__(self) -> int:
        return len(self._rows)

    def batch(
        self,
        positions: Tensor,
        augmentation: Augmentation = "none",
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Makes a batch.

        Args:
            positions: Which of the selected rows, ``int64``, shape ``(n,)``, on any device.
            augmentation: How images are augmented.
            generator: Source of chance; needed where images are augmented.

        Returns:
            Normalised images ``(n, 3, side, side)``, ``float32``, and their labels.
        """
        here = positions.to(self._device)
        if self._resident is None:
            images = self._read(positions.cpu().numpy())
        else:
            images = self._resident.index_select(0, here)
        images = images.permute(0, 3, 1, 2)
        if augmentation != "none":
            if generator is None:
                raise ValueError("augmentation needs a generator")
            images = augment(images, augmentation, generator)
        layout = torch.channels_last if self._channels_last else torch.contiguous_format
        images = images.to(torch.float32, memory_format=layout)
        lines = images.permute(0, 2, 3, 1).flatten(2) if self._channels_last else images
        lines.mul_(self._scale).add_(self._shift)
        return images, self.labels.index_select(0, here)

    def _read(self, positions: npt.NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(self._pixels[self._rows[positions]]).to(self._device)
