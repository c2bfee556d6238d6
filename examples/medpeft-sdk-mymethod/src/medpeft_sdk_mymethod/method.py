"""Block gain: every block learns to do more, or less, of what it did when it was pretrained."""

import math
from typing import Any

import torch
from torch import nn

from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Sites


class BlockGain(Method):
    """Adds one number ``g`` to a block and makes its output ``y + g * (y - x)``."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Gives the last ``share`` of the blocks a gain of zero: the network computes as before."""
        blocks = sites.blocks
        gained = math.ceil(hyperparameters["share"] * len(blocks))
        for block in blocks[len(blocks) - gained :]:
            block.module.register_parameter("block_gain", nn.Parameter(torch.zeros(())))
            block.module.register_forward_hook(apply_gain)
        return model


def apply_gain(block: nn.Module, inputs: tuple[Any, ...], output: torch.Tensor) -> torch.Tensor:
    """Rescales what a block adds to its input; all it gives, where it changes the shape."""
    x = inputs[0]
    update = output - x if x.shape == output.shape else output
    return output + block.get_parameter("block_gain") * update
