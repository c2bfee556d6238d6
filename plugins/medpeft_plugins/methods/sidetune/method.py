"""The implementation of ladder side-tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.sidetune.ladder import Ladder, Reader, Top
from medpeft_sdk.adaptation import Method, attach
from medpeft_sdk.anatomy import Sites, widths
from medpeft_sdk.errors import UnsupportedError


class SideTune(Method):
    """Adds a small network that reads the blocks and ends in front of the classifier."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks readers to the blocks and the side network to the head; see `Method.adapt`."""
        readers = [Reader(site) for site in sites.blocks]
        for site, reader in zip(sites.blocks, readers, strict=True):
            attach(model, site, reader, "side_reader")
        for site in sites.head:
            if not isinstance(site.module, nn.Linear | nn.Conv2d):
                raise UnsupportedError(
                    f"{self.spec.name} cannot add to the features of {site.path}",
                    where=f"{site.path}, a {type(site.module).__name__}",
                    expected="a classifier that is one linear layer or 1x1 convolution",
                )
        output = widths(sites.head[0].module)[0]  # pyright: ignore[reportArgumentType]
        ladder = Ladder(readers, width=hyperparameters["width"], output=output)
        # Kept at a block: what stands in the classifier counts as the classifier's.
        attach(model, sites.blocks[-1], ladder, "side")
        for site in sites.head:
            attach(model, site, Top(site.module, ladder), "side_top")
        return model
