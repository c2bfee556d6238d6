"""The implementation of Compacter."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_plugins.methods.bottleneck import placed
from medpeft_sdk.adaptation import Addition, Method, attach, check_at_most, check_divides
from medpeft_sdk.anatomy import Pointwise, Site, Sites, channel_dim, widths


class Compacter(Method):
    """Adds a bottleneck of Kronecker products behind parts of the blocks."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks a bottleneck to each part; see `Method.adapt`."""
        divisions = hyperparameters["divisions"]
        parts = placed(
            sites,
            hyperparameters["placement"],
            method=self.spec.name,
            network=type(model).__name__,
        )
        shared = Shared(divisions)
        for site, last in parts:
            bottleneck = self._bottleneck(site, widths(last)[1], hyperparameters)
            addition = Bottleneck(last, bottleneck, shared, rank=hyperparameters["rank"])
            attach(model, site, addition, "compacter")
        return model

    def _bottleneck(self, site: Site[Any], width: int, hyperparameters: dict[str, Any]) -> int:
        """Returns the width of a bottleneck, once it is known to fit."""
        reduction, name = hyperparameters["reduction"], self.spec.name
        check_at_most(
            width,
            reduction,
            method=name,
            hyperparameter="reduction",
            site=site,
            what="the width",
        )
        divisions = hyperparameters["divisions"]
        check_divides(
            divisions,
            width,
            method=name,
            hyperparameter="divisions",
            site=site,
            what="the width",
        )
        return max(width // reduction // divisions, 1) * divisions


class Shared(nn.Module):
    """The factors that all layers share.

    Attributes:
        down: The ``A_i`` of the first layers, shape (n, n, n).
        up: Those of the second layers.
    """

    def __init__(self, divisions: int) -> None:
        super().__init__()
        shape = (divisions,) * 3
        self.down = nn.Parameter(torch.empty(shape).normal_(std=0.1**0.5))
        self.up = nn.Parameter(torch.empty(shape).normal_(std=0.1**0.5))


class Product(nn.Module):
    """A layer's own factors, ``s_i`` and ``t_i``, and its bias.

    Attributes:
        left: ``s_i``, shape (n, outputs / n, rank).
        right: ``t_i``, shape (n, rank, inputs / n).
        bias: One number an output.
    """

    def __init__(self, inputs: int, outputs: int, *, divisions: int, rank: int) -> None:
        super().__init__()
        self.left = nn.Parameter(torch.empty(divisions, outputs // divisions, rank))
        self.right = nn.Parameter(torch.empty(divisions, rank, inputs // divisions))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.xavier_uniform_(self.left)
        nn.init.xavier_uniform_(self.right)

    def forward(self, features: Tensor, shared: Tensor) -> Tensor:
        """Multiplies features of shape (..., inputs) by the sum of products."""
        blocks = self.left @ self.right
        weight = torch.einsum("iab,icd->acbd", shared, blocks).flatten(2).flatten(0, 1)
        return F.linear(features, weight, self.bias)


class Bottleneck(Addition):
    """Adds what a bottleneck of products makes of a part's output to it.

    Attributes:
        shared: What all bottlenecks have in common; stored once.
        down: From the width to the bottleneck.
        up: Back; zero at the start.
    """

    def __init__(self, last: Pointwise, bottleneck: int, shared: Shared, *, rank: int) -> None:
        super().__init__()
        width, divisions = widths(last)[1], len(shared.down)
        self.shared = shared
        self.down = Product(width, bottleneck, divisions=divisions, rank=rank)
        self.up = Product(bottleneck, width, divisions=divisions, rank=rank)
        nn.init.zeros_(self.up.left)
        self._dim = channel_dim(last)

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Adds the bottleneck; see `Addition.after`."""
        hidden = F.gelu(self.down(output.movedim(self._dim, -1), self.shared.down))
        return output + self.up(hidden, self.shared.up).movedim(-1, self._dim)
