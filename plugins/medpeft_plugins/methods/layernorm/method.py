"""The implementation of LayerNorm and GroupNorm tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites


class LayerNorm(Method):
    """Trains the gain and the shift of every norm that is no batch norm."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes the norms; see `Method.adapt`."""
        unfreeze(sites.other_norms)
        return model
