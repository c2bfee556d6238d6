"""The implementation of BatchNorm tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites, is_batchnorm
from medpeft_sdk.errors import UnsupportedError


class BatchNorm(Method):
    """Trains the gain and the shift of every batch norm; its running statistics stay."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes the batch norms; see `Method.adapt`."""
        norms = [site for site in sites.norms if is_batchnorm(site.module)]
        if not norms:
            raise UnsupportedError(
                f"{self.spec.name} needs batch norms: {type(model).__name__} has none",
                expected="a network with batch norms that have a gain and a shift",
                mend="try layernorm, which trains the other kinds of norms",
            )
        unfreeze(norms)
        return model
