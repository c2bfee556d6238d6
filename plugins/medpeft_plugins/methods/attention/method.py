"""The implementation of attention tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites


class Attention(Method):
    """Trains what is inside of the attentions, or of the transformer units that hold them."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes the attentions; see `Method.adapt`."""
        whole = hyperparameters["scope"] == "transformer" and sites.transformers
        unfreeze(sites.transformers if whole else sites.attention)
        if hyperparameters["position_embeddings"] and sites.tokens is not None:
            unfreeze(sites.tokens.position_embeddings)
        return model
