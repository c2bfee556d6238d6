"""Architectures of the embedded networks, whose weights and cards lie beside this file."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from timm.models.resnet import BasicBlock, ResNet
from timm.models.vision_transformer import VisionTransformer
from torch import nn


def _transformer(width: int, depth: int, heads: int, num_classes: int) -> VisionTransformer:
    """Builds timm's plain vision transformer, only small."""
    return VisionTransformer(
        img_size=64,
        patch_size=8,
        embed_dim=width,
        depth=depth,
        num_heads=heads,
        mlp_ratio=3.0,
        qkv_bias=True,
        class_token=True,
        global_pool="token",
        num_classes=num_classes,
    )


def _residual(channels: tuple[int, ...], num_classes: int) -> ResNet:
    """Builds timm's plain ResNet, one block a stage, without the pooling behind its stem.

    That pooling is for images of 224 pixels; of 64 it would leave a last map of 2 x 2.
    """
    layers = (1,) * len(channels)
    block: Any = BasicBlock  # timm's annotation asks for an instance
    model = ResNet(block, layers, channels=channels, num_classes=num_classes)
    model.maxpool = nn.Identity()
    return model


ARCHITECTURES: Mapping[str, Callable[[int], VisionTransformer | ResNet]] = {
    "vit_1m": partial(_transformer, 128, 6, 4),
    "vit_2m": partial(_transformer, 160, 8, 5),
    "resnet_1m": partial(_residual, (32, 64, 128, 256)),
}


def build(name: str, num_classes: int = 0) -> VisionTransformer | ResNet:
    """Builds one of the untrained networks.

    Args:
        name: One of `ARCHITECTURES`.
        num_classes: Outputs of the linear classifier; 0 returns the pooled features instead.

    Returns:
        A network that maps RGB images (N, 3, 64, 64), scaled to [0, 1] and normalised with mean 0.5
        and standard deviation 0.5, to (N, ``num_classes``) logits or (N, width) features.
    """
    return ARCHITECTURES[name](num_classes)
