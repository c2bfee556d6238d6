"""The implementation of RepAdapter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from medpeft_plugins.methods.repadapter.linear_adapter import InFront, LinearAdapter
from medpeft_plugins.methods.targets import is_plain
from medpeft_sdk.adaptation import Method, attach, check_divides
from medpeft_sdk.anatomy import Pointwise, Site, Sites, widths
from medpeft_sdk.errors import UnsupportedError


class RepAdapter(Method):
    """Adds a linear adapter in front of what reads the input of each part."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks an adapter to the readers of each part; see `Method.adapt`."""
        parts = list(_parts(sites))
        if not parts:
            raise UnsupportedError(
                f"{self.spec.name} needs projections or feed-forward layers whose weight is used "
                f"as it is: {type(model).__name__} has none"
            )
        for width, readers in parts:
            self._check(width, readers[0], hyperparameters)
            adapter = LinearAdapter(
                width,
                bottleneck=hyperparameters["bottleneck"],
                groups=hyperparameters["groups"],
                scale=hyperparameters["scale"],
                dropout=hyperparameters["dropout"],
            )
            for site in readers:
                attach(model, site, InFront(site.module, adapter), "repadapter")
        return model

    def _check(self, width: int, site: Site[Any], hyperparameters: dict[str, Any]) -> None:
        for size, what in (
            (hyperparameters["bottleneck"], "the bottleneck in front"),
            (width, "the input width"),
        ):
            check_divides(
                hyperparameters["groups"],
                size,
                method=self.spec.name,
                hyperparameter="groups",
                site=site,
                what=what,
            )


def _parts(sites: Sites) -> Iterator[tuple[int, list[Site[Pointwise]]]]:
    """Yields an input width with the layers that read the same input, part by part."""
    for layers in (*(a.inputs for a in sites.attention), *((m.expand,) for m in sites.mlp)):
        readers: dict[int, list[Site[Pointwise]]] = {}
        for site in layers:
            if is_plain(site.module):
                readers.setdefault(widths(site.module)[0], []).append(site)
        yield from readers.items()
