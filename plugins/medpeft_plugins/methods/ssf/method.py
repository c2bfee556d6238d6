"""The implementation of SSF."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from medpeft_plugins.methods.targets import is_plain
from medpeft_sdk.adaptation import Addition, Method, attach
from medpeft_sdk.anatomy import Site, Sites, channel_dim, widths


class SSF(Method):
    """Adds a gain and a shift behind layers and norms."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks a pair to each layer; see `Method.adapt`."""
        for site in (*sites.convs, *sites.linears):
            _add(model, site, widths(site.module)[1])
        for site in sites.other_norms:
            weight = getattr(site.module, "weight", None)
            if isinstance(weight, Tensor) and weight.ndim == 1:
                _add(model, site, len(weight))
        return model


def _add(model: nn.Module, site: Site[Any], width: int) -> None:
    if site.called:
        attach(model, site, ScaleShift(width, channel_dim(site.module)), "ssf")


class ScaleShift(Addition):
    """Computes ``gamma * y + beta`` of what a layer gives out.

    Attributes:
        scale: ``gamma``, one number a channel.
        shift: ``beta``, likewise.
    """

    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.empty(width).normal_(1, 0.02))
        self.shift = nn.Parameter(torch.empty(width).normal_(0, 0.02))
        self._dim = dim

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Scales and shifts; see `Addition.after`."""
        if self._dim == -1:
            return output * self.scale + self.shift
        shape = (-1, *[1] * (output.ndim - 2))
        return output * self.scale.view(shape) + self.shift.view(shape)

    def fold(self, layer: nn.Module) -> None:
        """Scales weight and bias; a layer without a bias gets one."""
        if not (is_plain(layer) or _ends_in_bias(layer)):
            return super().fold(layer)
        weight: Tensor = layer.get_parameter("weight")
        weight *= self.scale.view(-1, *[1] * (weight.ndim - 1))
        bias: Tensor | None = getattr(layer, "bias", None)
        shift = self.shift.clone() if bias is None else bias * self.scale + self.shift
        layer.register_parameter("bias", nn.Parameter(shift))
        return None


def _ends_in_bias(layer: nn.Module) -> bool:
    """Tells whether a norm scales and shifts last: others lack a shift, or end in an activation."""
    return isinstance(layer, nn.LayerNorm | nn.GroupNorm) and all(
        isinstance(child, nn.Identity | Addition) for child in layer.children()
    )
