"""The implementation of BOFT, by the peft library."""

from __future__ import annotations

from typing import Any

import torch
from peft import BOFTConfig, PeftConfig
from peft.tuners.boft import layer
from torch import nn

from medpeft_plugins.methods.peft_layers import PeftMethod
from medpeft_sdk.adaptation import check_divides
from medpeft_sdk.anatomy import Site


class BOFT(PeftMethod):
    """Rotates a weight and scales its rows."""

    def inject(self, configuration: PeftConfig, model: nn.Module) -> nn.Module:
        """Lets peft wrap the layers; it reads numbers of its permutations, so not on ``meta``."""
        # Else it compiles an extension, which a single factor has no use for.
        layer._FBD_CUDA = False
        with torch.device("cpu"):
            return super().inject(configuration, model)

    def configuration(self, target_modules: str, **hyperparameters: Any) -> PeftConfig:
        """Returns the configuration; see `PeftMethod.configuration`."""
        return BOFTConfig(
            target_modules=target_modules, boft_block_size=hyperparameters["block_size"]
        )

    def check(self, site: Site[Any], hyperparameters: dict[str, Any]) -> None:
        """Refuses a block size that does not divide what a layer takes in."""
        check_divides(
            hyperparameters["block_size"],
            site.module.weight[0].numel(),
            method=self.spec.name,
            hyperparameter="block_size",
            site=site,
            what="the inputs",
        )

    def wraps(self, layer: nn.Module) -> bool:
        """Leaves out windows that are no squares, which peft cannot rotate."""
        window = layer.kernel_size if isinstance(layer, nn.Conv2d) else (1, 1)
        return window[0] == window[1] and super().wraps(layer)
