"""The implementation of norm and bias tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites


class NormBias(Method):
    """Trains every norm and every bias vector."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes norms and biases; see `Method.adapt`."""
        unfreeze(sites.norms)
        unfreeze(sites.biases)
        return model
