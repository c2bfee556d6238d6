"""The implementation of OFT, by the peft library."""

from __future__ import annotations

from typing import Any

from peft import OFTConfig, PeftConfig
from torch import nn

from medpeft_plugins.methods.peft_layers import PeftMethod


class OFT(PeftMethod):
    """Rotates what each layer takes in."""

    def configuration(self, target_modules: str, **hyperparameters: Any) -> PeftConfig:
        """Returns the configuration; see `PeftMethod.configuration`."""
        return OFTConfig(
            target_modules=target_modules, oft_block_size=hyperparameters["block_size"]
        )

    def wraps(self, layer: nn.Module) -> bool:
        """Leaves out convolutions wider than one pixel; see `PeftMethod.wraps`.

        peft rotates each window apart and adds up what overlaps: not even the identity would leave
        such a layer's input as it is.
        """
        wide = isinstance(layer, nn.Conv2d) and layer.kernel_size != (1, 1)
        return not wide and super().wraps(layer)
