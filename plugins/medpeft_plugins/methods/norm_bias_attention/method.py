"""The implementation of norm, bias and attention tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.attention.method import Attention
from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.anatomy import Sites


class NormBiasAttention(Attention):
    """Trains norms and biases beside the attentions."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes norms, biases and attentions; see `Method.adapt`."""
        unfreeze(sites.norms)
        unfreeze(sites.biases)
        return super().adapt(model, sites, **hyperparameters)
