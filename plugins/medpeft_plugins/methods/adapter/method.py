"""The implementation of adapters."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_plugins.methods.bottleneck import placed
from medpeft_sdk.adaptation import Addition, Method, attach, check_at_most
from medpeft_sdk.anatomy import Pointwise, Sites, channel_dim, widths


class Adapter(Method):
    """Adds a bottleneck behind parts of the blocks."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks a bottleneck to each part; see `Method.adapt`."""
        name, reduction = self.spec.name, hyperparameters["reduction"]
        parts = placed(
            sites, hyperparameters["placement"], method=name, network=type(model).__name__
        )
        for site, last in parts:
            check_at_most(
                widths(last)[1],
                reduction,
                method=name,
                hyperparameter="reduction",
                site=site,
                what="the width",
            )
            attach(model, site, Bottleneck(last, widths(last)[1] // reduction), "adapter")
        return model


class Bottleneck(Addition):
    """Adds ``W_up gelu(W_down h)`` to what a part gives out, ``h``.

    Attributes:
        down: ``W_down`` and its bias.
        up: ``W_up`` and its bias, zero at the start.
    """

    def __init__(self, last: Pointwise, bottleneck: int) -> None:
        super().__init__()
        width = widths(last)[1]
        self.down = nn.Linear(width, bottleneck)
        self.up = nn.Linear(bottleneck, width)
        nn.init.xavier_uniform_(self.down.weight)
        for zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(zero)
        self._dim = channel_dim(last)

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Adds the bottleneck; see `Addition.after`."""
        hidden = F.gelu(self.down(output.movedim(self._dim, -1)))
        return output + self.up(hidden).movedim(-1, self._dim)
