"""The low-rank update of one layer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from medpeft_sdk.adaptation import Addition
from medpeft_sdk.anatomy import channel_dim


class LowRank(Addition):
    """Adds ``(alpha / rank) B A x`` to what a layer makes of ``x``, or to some of its channels.

    Of a convolution, ``A`` is a convolution of the same window and ``B`` is one of one pixel.

    Attributes:
        scale: ``alpha / rank``.
    """

    channels: Tensor | None

    def __init__(
        self,
        layer: nn.Linear | nn.Conv2d,
        channels: Sequence[int] | None,
        *,
        rank: int,
        alpha: float,
        dropout: float,
    ) -> None:
        """Draws ``A`` as linear layers are drawn, and sets ``B`` to zero.

        Args:
            layer: The layer that is updated.
            channels: The output channels that are updated; all for ``None``.
            rank: Rows of ``A``.
            alpha: Scale of the update.
            dropout: Probability of zeroing an input of ``A``.
        """
        super().__init__()
        width = layer.weight.shape[0] if channels is None else len(channels)
        if isinstance(layer, nn.Linear):
            self.down: nn.Module = nn.Linear(layer.in_features, rank, bias=False)
            self.up: nn.Module = nn.Linear(rank, width, bias=False)
        else:
            # The layer's own class, which may pad in a way of its own.
            self.down = type(layer)(
                layer.in_channels,
                rank,
                layer.kernel_size,  # pyright: ignore[reportArgumentType]
                layer.stride,  # pyright: ignore[reportArgumentType]
                layer.padding,  # pyright: ignore[reportArgumentType]
                layer.dilation,  # pyright: ignore[reportArgumentType]
                bias=False,
            )
            self.up = nn.Conv2d(rank, width, 1, bias=False)
        nn.init.kaiming_uniform_(self.down.weight, a=math.sqrt(5))
        nn.init.zeros_(self.up.weight)
        self.dropout = nn.Dropout(dropout)
        self.scale = alpha / rank
        self._dim = channel_dim(layer)
        index = None if channels is None else torch.tensor(channels)
        self.register_buffer("channels", index, persistent=False)

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Adds the update; see `Addition.after`."""
        update = self.scale * self.up(self.down(self.dropout(features)))
        if self.channels is None:
            return output + update
        return output.index_add(self._dim, self.channels, update.to(output.dtype))

    def fold(self, layer: nn.Module) -> None:
        """Adds the product to the layer's weight."""
        weight: Tensor = layer.get_parameter("weight")
        update = self.delta().to(weight.dtype)
        if self.channels is None:
            weight += update
        else:
            weight[self.channels] += update

    def delta(self) -> Tensor:
        """Returns the change of the weight, in its shape; of some channels, their rows only."""
        down, up = self.down.get_parameter("weight"), self.up.get_parameter("weight")
        product = self.scale * (up.flatten(1) @ down.flatten(1))
        return product.reshape(len(up), *down.shape[1:])
