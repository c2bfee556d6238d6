"""The implementation of (IA)3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from medpeft_plugins.methods.targets import is_plain
from medpeft_sdk.adaptation import Addition, Method, attach
from medpeft_sdk.anatomy import Site, Sites, channel_dim, widths
from medpeft_sdk.errors import UnsupportedError


class IA3(Method):
    """Adds gains to keys, values and hidden features."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks a gain to each; see `Method.adapt`."""
        gains: list[tuple[str, Site[Any], Addition]] = []
        for attention in sites.attention:
            for role, site in (("key", attention.key), ("value", attention.value)):
                if site is not None and is_plain(site.module):
                    gains.append((f"ia3_{role}", site, OutputGain(site.module, site.channels)))
        for mlp in sites.mlp:
            if is_plain(mlp.contract.module):
                gains.append(("ia3", mlp.contract, InputGain(mlp.contract.module)))
        if not gains:
            raise UnsupportedError(
                f"{self.spec.name} needs layers that make keys, values or hidden features, whose "
                f"weight is used as it is: {type(model).__name__} has none"
            )
        for name, site, gain in gains:
            attach(model, site, gain, name)
        return model


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
