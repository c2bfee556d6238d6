"""The implementation of BitFit."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites


class BitFit(Method):
    """Trains every bias vector, those of norms included."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes the biases; see `Method.adapt`."""
        unfreeze(sites.biases)
        return model
