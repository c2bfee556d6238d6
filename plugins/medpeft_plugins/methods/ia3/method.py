"""The implementation of (IA)3."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.gains import InputGain, OutputGain
from medpeft_plugins.methods.targets import is_plain
from medpeft_sdk.adaptation import Addition, Method, attach
from medpeft_sdk.anatomy import Site, Sites
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
