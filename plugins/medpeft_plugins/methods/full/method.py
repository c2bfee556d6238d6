"""The implementation of full fine-tuning, from pretrained or from random weights."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites


class Full(Method):
    """Trains every parameter; which weights it starts from is said by ``spec.pretrained``."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes all parameters; see `Method.adapt`."""
        return model.requires_grad_(True)
