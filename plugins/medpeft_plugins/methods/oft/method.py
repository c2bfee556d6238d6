"""The implementation of OFT, by the peft library."""

from __future__ import annotations

from typing import Any

from peft import OFTConfig, PeftConfig
from peft.tuners.oft.layer import Linear
from torch import Tensor, nn

from medpeft_plugins.methods.peft_layers import PeftMethod


class OFT(PeftMethod):
    """Rotates what each layer takes in."""

    def configuration(self, target_modules: str, **hyperparameters: Any) -> PeftConfig:
        """Returns the configuration; see `PeftMethod.configuration`."""
        return OFTConfig(
            target_modules=target_modules, oft_block_size=hyperparameters["block_size"]
        )

    def inject(self, configuration: PeftConfig, model: nn.Module) -> nn.Module:
        """Lets peft wrap the layers; its linear ones take a map of tokens for one of pixels."""
        adapted = super().inject(configuration, model)
        for module in adapted.modules():
            if isinstance(module, Linear):
                module.register_forward_pre_hook(_as_sequence)
                module.register_forward_hook(_as_it_was)
        return adapted

    def wraps(self, layer: nn.Module) -> bool:
        """Leaves out convolutions wider than one pixel; see `PeftMethod.wraps`.

        peft rotates each window apart and adds up what overlaps: not even the identity would leave
        such a layer's input as it is.
        """
        wide = isinstance(layer, nn.Conv2d) and layer.kernel_size != (1, 1)
        return not wide and super().wraps(layer)


def _as_sequence(layer: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Lays a map of tokens, channels last, out as a sequence."""
    features, *rest = arguments
    layer.grid = features.shape[1:-1]
    return (features.flatten(1, -2) if features.ndim > 3 else features, *rest)


def _as_it_was(layer: nn.Module, arguments: tuple[Any, ...], output: Tensor) -> Tensor:
    grid: Any = layer.grid
    return output.unflatten(1, grid) if len(grid) > 1 else output
