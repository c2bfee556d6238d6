"""The implementation of partial fine-tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.adaptation import Method, check_at_most
from medpeft_sdk.anatomy import Sites, inside


class Partial(Method):
    """Trains the last blocks, and the norms that the network has behind its last block."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes the last blocks; see `Method.adapt`."""
        count = hyperparameters["blocks"]
        check_at_most(
            len(sites.blocks),
            count,
            method=self.spec.name,
            hyperparameter="blocks",
            site=sites.blocks[-1],
            what=f"the number of blocks of {type(model).__name__}, the last of them",
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
