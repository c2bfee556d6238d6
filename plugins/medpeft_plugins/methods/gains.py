"""Trained gains of single channels, which fold into the weight of their layer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from medpeft_sdk.adaptation import Addition
from medpeft_sdk.anatomy import channel_dim, widths


class OutputGain(Addition):
    """Scales some of the channels that a layer gives out.

    Attributes:
        gain: One number a channel, 1 at the start.
    """

    channels: Tensor | None

    def __init__(self, layer: nn.Linear | nn.Conv2d, channels: Sequence[int] | None) -> None:
        super().__init__()
        width = widths(layer)[1]
        self.gain = nn.Parameter(torch.ones(width if channels is None else len(channels)))
        self._dim, self._width = channel_dim(layer), width
        index = None if channels is None else torch.tensor(channels)
        self.register_buffer("channels", index, persistent=False)

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Scales the output; see `Addition.after`."""
        return output * _along(self._gains(), output, self._dim)

    def fold(self, layer: nn.Module) -> None:
        """Scales the rows of the weight, and the bias."""
        gains = self._gains()
        weight: Tensor = layer.get_parameter("weight")
        weight *= gains.view(-1, *[1] * (weight.ndim - 1))
        if (bias := getattr(layer, "bias", None)) is not None:
            bias *= gains

    def _gains(self) -> Tensor:
        if self.channels is None:
            return self.gain
        return self.gain.new_ones(self._width).index_copy(0, self.channels, self.gain)


class InputGain(Addition):
    """Scales the channels that a layer takes in.

    Attributes:
        gain: One number a channel, 1 at the start.
    """

    def __init__(self, layer: nn.Linear | nn.Conv2d) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(widths(layer)[0]))
        self._dim = channel_dim(layer)

    def before(self, features: Tensor) -> Tensor:
        """Scales the input; see `Addition.before`."""
        return features * _along(self.gain, features, self._dim)

    def fold(self, layer: nn.Module) -> None:
        """Scales the columns of the weight."""
        weight: Tensor = layer.get_parameter("weight")
        weight *= self.gain.view(1, -1, *[1] * (weight.ndim - 2))


def _along(gain: Tensor, features: Tensor, dim: int) -> Tensor:
    return gain if dim == -1 else gain.view(-1, *[1] * (features.ndim - 2))
