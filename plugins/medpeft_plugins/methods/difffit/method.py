"""The implementation of DiffFit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from medpeft_plugins.methods.gains import OutputGain
from medpeft_plugins.methods.targets import is_plain
from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.adaptation import Method, attach
from medpeft_sdk.anatomy import Site, Sites


class DiffFit(Method):
    """Trains norms and biases, and adds gains to the parts of transformer blocks."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes norms and biases and hooks the gains; see `Method.adapt`."""
        unfreeze(sites.norms)
        unfreeze(sites.biases)
        for name, site in _gains(sites):
            if site.called and is_plain(site.module):
                gain = OutputGain(site.module, getattr(site, "channels", None))
                attach(model, site, gain, f"difffit_{name}")
        return model


def _gains(sites: Sites) -> Iterator[tuple[str, Site[Any]]]:
    """Yields each layer that gets a gain, with the name of the gain."""
    for attention in sites.attention:
        for role in ("query", "key", "value", "output"):
            site: Site[Any] | None = getattr(attention, role)
            if site is not None:
                yield role, site
        if attention.output is not None:
            yield "branch", attention.output
    for mlp in sites.mlp:
        yield "branch", mlp.contract
