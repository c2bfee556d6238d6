"""The implementation of VPT-deep."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.sequence import Join, Leave, attending_blocks, width_and_bound
from medpeft_sdk.adaptation import Method, attach
from medpeft_sdk.anatomy import Sites


class VPTDeep(Method):
    """Adds tokens of its own to each block."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks tokens to every block; see `Method.adapt`."""
        blocks = attending_blocks(sites)
        count, dropout = hyperparameters["tokens"], hyperparameters["dropout"]
        for block in blocks:
            width, bound = width_and_bound(sites, block)
            attach(model, block, Join(count, width, bound=bound, dropout=dropout), "vpt")
            attach(model, block, Leave(count), "vpt_leave")
        return model
