"""The implementation of LayerNorm and GroupNorm tuning."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.unfreeze import unfreeze
from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites, is_batchnorm
from medpeft_sdk.errors import UnsupportedError


class LayerNorm(Method):
    """Trains the gain and the shift of every norm that is no batch norm."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Unfreezes the norms; see `Method.adapt`."""
        norms = [site for site in sites.norms if not is_batchnorm(site.module)]
        if not norms:
            raise UnsupportedError(
                f"{self.spec.name} needs layer or group norms: {type(model).__name__} has none",
                expected="a network with layer, group or RMS norms that have a gain",
                mend="try batchnorm, which trains batch norms",
            )
        unfreeze(norms)
        return model
