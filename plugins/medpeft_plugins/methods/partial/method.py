"""The implementation of partial fine-tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites, inside
from medpeft_sdk.errors import UnsupportedError


class Partial(Method):
    """Trains the last blocks, and the norms that the network has behind its last block."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes the last blocks; see `Method.adapt`."""
        count = hyperparameters["blocks"]
        if count > len(sites.blocks):
            raise UnsupportedError(
                f"{self.spec.name}: {type(model).__name__} has {len(sites.blocks)} blocks, and "
                f"the last {count} are asked for",
                expected=f"blocks at most {len(sites.blocks)}",
                mend=f"give blocks={len(sites.blocks)} (--set blocks={len(sites.blocks)})",
            )
        unfreeze(sites.blocks[-count:])
        order = [path for path, _ in model.named_modules()]
        last = order.index(sites.blocks[-1].path)
        unfreeze(
            site
            for site in sites.norms
            if order.index(site.path) > last and not inside(site, sites.blocks)
        )
        return model
