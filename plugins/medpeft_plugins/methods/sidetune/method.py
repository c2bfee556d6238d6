"""The implementation of ladder side-tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.sidetune.ladder import Ladder, Reader, Top, input_width
from medpeft_sdk.adaptation import Method, attach
from medpeft_sdk.anatomy import Sites
from medpeft_sdk.errors import UnsupportedError


class SideTune(Method):
    """Adds a small network that reads the blocks and ends in front of the classifier."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks readers to the blocks and the side network to the head; see `Method.adapt`."""
        readers = [Reader(site) for site in sites.blocks]
        for site, reader in zip(sites.blocks, readers, strict=True):
            attach(model, site, reader, "side_reader")
        output = {input_width(site) for site in sites.head}
        if len(output) > 1:
            raise UnsupportedError(
                f"{self.spec.name} adds to one kind of features: the classifiers of "
                f"{type(model).__name__} take in several, of {sorted(output)} channels"
            )
        ladder = Ladder(readers, width=hyperparameters["width"], output=output.pop())
        # Kept at a block: what stands in the classifier counts as the classifier's.
        attach(model, sites.blocks[-1], ladder, "side")
        for site in sites.head:
            attach(model, site, Top(site, ladder), "side_top")
        return model
