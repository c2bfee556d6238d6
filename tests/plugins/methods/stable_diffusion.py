"""The U-Net of Stable Diffusion 1.5, from its public configuration, without weights."""

from typing import Any

import pytest
import torch
from torch import nn

PARAMETERS = 859_520_964


def unet(**changes: Any) -> nn.Module:
    """Builds it on the meta device; skips the test where diffusers is not installed."""
    diffusers = pytest.importorskip("diffusers")
    configuration = {
        "sample_size": 64,
        "in_channels": 4,
        "out_channels": 4,
        "block_out_channels": (320, 640, 1280, 1280),
        "layers_per_block": 2,
        "cross_attention_dim": 768,
        "attention_head_dim": 8,
        "down_block_types": (*["CrossAttnDownBlock2D"] * 3, "DownBlock2D"),
        "up_block_types": ("UpBlock2D", *["CrossAttnUpBlock2D"] * 3),
    }
    with torch.device("meta"):
        return diffusers.UNet2DConditionModel(**(configuration | changes))
