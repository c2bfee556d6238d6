"""The implementation of linear probing."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites


class Linear(Method):
    """Leaves the network frozen; the classifier is trained by the core."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Changes nothing; see `Method.adapt`."""
        return model
