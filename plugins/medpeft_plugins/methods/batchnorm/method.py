"""The implementation of BatchNorm tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites


class BatchNorm(Method):
    """Trains the gain and the shift of every batch norm; its running statistics stay."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes the batch norms; see `Method.adapt`."""
        unfreeze(sites.batch_norms)
        return model
