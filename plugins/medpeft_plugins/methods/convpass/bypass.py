"""The bottleneck that Convpass adds."""

from __future__ import annotations

from math import isqrt

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_sdk.adaptation import Addition
from medpeft_sdk.anatomy import Pointwise, channel_dim, widths
from medpeft_sdk.errors import UnsupportedError


class Bypass(Addition):
    """Adds ``s W_up g(conv(g(W_down x)))`` to what a part makes of ``x``.

    Attributes:
        down: ``W_down``.
        conv: The convolution, the identity at the start.
        up: ``W_up``, zero at the start.
        scale: ``s``.
    """

    def __init__(
        self,
        first: Pointwise,
        last: Pointwise,
        *,
        bottleneck: int,
        class_tokens: int,
        patches: int | None,
        scale: float,
        dropout: float,
    ) -> None:
        """Makes the bottleneck of a part.

        Args:
            first: The part's first layer, which tells the width and the layout that come in.
            last: Its last layer, which tells the width that goes out.
            bottleneck: Channels of the convolution.
            class_tokens: Tokens before those of the patches.
            patches: Patches that the image is cut into, where that is known.
            scale: Factor of what is added.
            dropout: Probability of zeroing an input of ``W_up``.
        """
        super().__init__()
        self.down = nn.Linear(widths(first)[0], bottleneck)
        self.conv = nn.Conv2d(bottleneck, bottleneck, 3, padding=1)
        self.up = nn.Linear(bottleneck, widths(last)[1])
        nn.init.xavier_uniform_(self.down.weight)
        nn.init.dirac_(self.conv.weight)
        nn.init.zeros_(self.up.weight)
        for layer in (self.down, self.conv, self.up):
            nn.init.zeros_(layer.get_parameter("bias"))
        self.dropout = nn.Dropout(dropout)
        self.scale = scale
        self._dim = channel_dim(first)
        self._class_tokens, self._patches = class_tokens, patches

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Adds what the bottleneck makes of tokens or of maps; see `Addition.after`."""
        hidden = _quick_gelu(self.down(features.movedim(self._dim, -1)))
        hidden = self._on_map(hidden) if hidden.ndim == 4 else self._on_tokens(hidden)
        update = self.scale * self.up(self.dropout(_quick_gelu(hidden))).movedim(-1, self._dim)
        if update.shape != output.shape:
            raise UnsupportedError(
                "convpass cannot stand beside a part that gives out fewer tokens than it takes in",
                where=f"{self.host}, from {tuple(features.shape)} to {tuple(output.shape)}",
                expected="as many tokens behind every attention and feed-forward part as before",
                mend="use a method that asks for no grid, such as lora",
            )
        return output + update

    def _on_map(self, hidden: Tensor) -> Tensor:
        """Convolves a map of shape (images, height, width, channels)."""
        return self.conv(hidden.movedim(-1, 1)).movedim(1, -1)

    def _on_tokens(self, hidden: Tensor) -> Tensor:
        """Convolves tokens of shape (images, tokens, channels)."""
        prefix, side = self._grid(hidden)
        patches = hidden[:, prefix:].unflatten(1, (side, side))
        # All that a convolution sees of an image of one pixel is the middle of its window.
        middle = self.conv.weight[:, :, 1, 1]
        alone = F.linear(hidden[:, :prefix], middle, self.conv.bias)
        return torch.cat((alone, self._on_map(patches).flatten(1, 2)), dim=1)

    def _grid(self, hidden: Tensor) -> tuple[int, int]:
        """Returns the number of tokens before the patches, and the side of the patches' square.

        Some blocks get all patches alone although the network has class tokens.
        """
        count = hidden.shape[1] if hidden.ndim == 3 else 0
        prefix = 0 if count == self._patches else self._class_tokens
        side = isqrt(max(count - prefix, 0))
        if side and side * side == count - prefix:
            return prefix, side
        raise UnsupportedError(
            f"convpass cannot tell the grid of features of shape {tuple(hidden.shape)}",
            where=self.host,
            expected=f"maps, or the tokens of a square behind {self._class_tokens} others",
            mend="give square images, and keep all patches",
        )


def _quick_gelu(x: Tensor) -> Tensor:
    return x * torch.sigmoid(1.702 * x)
