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

WIDEST = 8192
"""Inputs of the widest layer that is rotated: peft keeps and multiplies full matrices of that side
(0.3 GB each), though only their blocks are not zero."""


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

    def fitting(self, sites: list[Site[Any]], hyperparameters: dict[str, Any]) -> list[Site[Any]]:
        """Leaves out layers whose inputs the block size does not divide.

        Raises:
            UnsupportedError: It divides those of none.
        """
        size = hyperparameters["block_size"]
        fitting = [site for site in sites if site.module.weight[0].numel() % size == 0]
        if sites and not fitting:
            check_divides(
                size,
                sites[0].module.weight[0].numel(),
                method=self.spec.name,
                hyperparameter="block_size",
                site=sites[0],
                what="the inputs",
            )
        return fitting

    def wraps(self, layer: nn.Module) -> bool:
        """Leaves out windows that are no squares, which peft cannot rotate, and wide layers."""
        if isinstance(layer, nn.Linear | nn.Conv2d) and layer.weight[0].numel() > WIDEST:
            return False
        window = layer.kernel_size if isinstance(layer, nn.Conv2d) else (1, 1)
        return window[0] == window[1] and super().wraps(layer)
