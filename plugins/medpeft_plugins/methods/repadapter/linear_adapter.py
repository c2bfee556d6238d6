"""The adapter of RepAdapter, and how it stands in front of a layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from medpeft_sdk.adaptation import Addition
from medpeft_sdk.anatomy import Pointwise, channel_dim


class LinearAdapter(nn.Module):
    """Computes ``s (B (A x + a) + b)``, ``B`` in groups.

    Attributes:
        down: ``A`` and ``a``.
        up: ``B``, of shape (groups, width / groups, bottleneck / groups), zero at the start.
        bias: ``b``, zero at the start.
        scale: ``s``.
    """

    def __init__(
        self, width: int, *, bottleneck: int, groups: int, scale: float, dropout: float
    ) -> None:
        """Draws ``A``.

        Args:
            width: Channels of what is adapted.
            bottleneck: Channels between ``A`` and ``B``.
            groups: Groups of ``B``; divides both.
            scale: Factor of what is computed.
            dropout: Probability of zeroing an input of ``B``.
        """
        super().__init__()
        self.down = nn.Linear(width, bottleneck)
        nn.init.xavier_uniform_(self.down.weight)
        nn.init.zeros_(self.down.bias)
        self.up = nn.Parameter(torch.zeros(groups, width // groups, bottleneck // groups))
        self.bias = nn.Parameter(torch.zeros(width))
        self.dropout = nn.Dropout(dropout)
        self.scale = scale

    def forward(self, features: Tensor) -> Tensor:
        """Adapts features of shape (..., width)."""
        hidden = self.dropout(self.down(features)).unflatten(-1, (len(self.up), -1))
        update = torch.einsum("...gi,goi->...go", hidden, self.up).flatten(-2)
        return self.scale * (update + self.bias)

    def as_matrix(self) -> tuple[Tensor, Tensor]:
        """Returns what is computed as a matrix (width, width) and a vector (width)."""
        up = torch.block_diag(*self.up)
        weight, bias = up @ self.down.weight, up @ self.down.bias + self.bias
        return self.scale * weight, self.scale * bias


class InFront(Addition):
    """Adds what an adapter makes of a layer's input to that input.

    Attributes:
        adapter: The adapter; layers that read the same input have the same.
    """

    def __init__(self, layer: Pointwise, adapter: LinearAdapter) -> None:
        super().__init__()
        self.adapter = adapter
        self._dim = channel_dim(layer)

    def before(self, features: Tensor) -> Tensor:
        """Adapts the input; see `Addition.before`."""
        update = self.adapter(features.movedim(self._dim, -1))
        return features + update.movedim(-1, self._dim)

    def fold(self, layer: nn.Module) -> None:
        """Multiplies the layer's weight, and gives the layer a bias where it has none."""
        weight: Tensor = layer.get_parameter("weight")
        flat = weight.flatten(1)
        matrix, vector = self.adapter.as_matrix()
        change = flat @ vector
        bias: Tensor | None = getattr(layer, "bias", None)
        weight += (flat @ matrix).reshape(weight.shape)
        layer.register_parameter("bias", nn.Parameter(change if bias is None else bias + change))
