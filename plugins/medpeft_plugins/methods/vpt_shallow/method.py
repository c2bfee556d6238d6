"""The implementation of VPT-shallow."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.sequence import Join, Leave, attending_blocks, width_and_bound
from medpeft_sdk.adaptation import Method, attach
from medpeft_sdk.anatomy import Sites


class VPTShallow(Method):
    """Adds tokens to the sequence, once."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks tokens to the first block; see `Method.adapt`."""
        blocks = attending_blocks(sites)
        count, dropout = hyperparameters["tokens"], hyperparameters["dropout"]
        width, bound = width_and_bound(sites, blocks[0])
        attach(model, blocks[0], Join(count, width, bound=bound, dropout=dropout), "vpt")
        attach(model, blocks[-1], Leave(count), "vpt_leave")
        return model
