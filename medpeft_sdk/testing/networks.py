"""Small networks of every kind, with random weights, for methods to be checked on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import timm
import torch
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.byobnet import ByobNet
from timm.models.efficientnet import EfficientNet
from timm.models.mlp_mixer import MlpMixer
from timm.models.mobilevit import model_cfgs
from timm.models.resnet import Bottleneck, ResNet
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from medpeft_sdk.testing.report import NotApplicableError

CLASSES = 3


@dataclass(frozen=True)
class Network:
    """A network to check on.

    Attributes:
        name: A short name.
        title: What it is there for.
        make: Builds it, with a given number of classes.
        size: Side of the images that it takes, pixels.
        odd_size: Another side, odd where the network takes one; ``None`` where its size is fixed.
        unet: Whether it takes and gives out maps of noise, with a time and a text.
    """

    name: str
    title: str
    make: Callable[[int], nn.Module]
    size: int = 32
    odd_size: int | None = None
    unet: bool = False

    def build(self, classes: int = CLASSES) -> nn.Module:
        """Builds the network, always the same, with norms away from where they are drawn.

        Raises:
            NotApplicableError: The library that builds it is not installed.
        """
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = self.make(classes)
            for module in model.modules():
                _disturb(module)
        return model

    def inputs(self, count: int = 4, *, size: int | None = None, seed: int = 0) -> tuple[Any, ...]:
        """Draws what goes into the network, positional arguments of its call."""
        generator = torch.Generator("cpu").manual_seed(seed)
        side = size or self.size
        with torch.device("cpu"):
            if not self.unet:
                return (torch.randn(count, 3, side, side, generator=generator),)
            return (
                torch.randn(count, 4, side, side, generator=generator),
                torch.arange(count) * 100,
                torch.randn(count, 5, 16, generator=generator),
            )


def output(model: nn.Module, inputs: tuple[Any, ...]) -> Tensor:
    """Calls a network and returns one tensor of what it gives out."""
    found = model(*inputs)
    found = getattr(found, "sample", found)
    return torch.stack(found).mean(0) if isinstance(found, tuple | list) else found


def _disturb(module: nn.Module) -> None:
    # Norms that start at zero would hide whole branches from a few steps of training.
    own = getattr(module, "weight", None)
    if isinstance(own, nn.Parameter) and own.ndim == 1:
        nn.init.uniform_(own, 0.8, 1.2)
    if isinstance(module, _NormBase) and isinstance(module.running_mean, Tensor):
        module.running_mean.normal_(std=0.1)
        assert isinstance(module.running_var, Tensor), "a mean comes with a variance"
        module.running_var.uniform_(0.8, 1.2)


def _timm(architecture: str, **arguments: Any) -> Callable[[int], nn.Module]:
    return lambda classes: timm.create_model(architecture, num_classes=classes, **arguments)


_TOKENS = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2}
_WINDOWS = {
    "img_size": 32,
    "embed_dim": 16,
    "depths": (1, 1),
    "num_heads": (2, 2),
    "window_size": 4,
}


def _resnext(classes: int) -> nn.Module:
    return ResNet(
        Bottleneck,  # pyright: ignore[reportArgumentType]
        (1, 1, 1, 1),
        channels=(16, 16, 32, 32),
        num_classes=classes,
        cardinality=4,
        base_width=16,
    )


def _efficientnet(classes: int) -> nn.Module:
    # A narrow one of three stages, with all kinds of blocks that tf_efficientnet_lite0 has.
    stages = [["ds_r1_k3_s1_e1_c16"], ["ir_r2_k3_s2_e6_c24"], ["ir_r1_k5_s2_e6_c40"]]
    return EfficientNet(
        decode_arch_def(stages),
        num_classes=classes,
        num_features=64,
        stem_size=16,
        fix_stem=True,
        pad_type="same",
        act_layer=nn.ReLU6,
    )


def _mobilevit(classes: int) -> nn.Module:
    # Three of its five stages, which have all kinds of its blocks.
    whole = model_cfgs["mobilevit_xxs"]
    small = replace(whole, blocks=whole.blocks[:3], num_features=64)
    return ByobNet(small, num_classes=classes)


def _unet(classes: int) -> nn.Module:
    try:
        from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    except ImportError as error:
        raise NotApplicableError("diffusers is not installed") from error
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        layers_per_block=1,
        cross_attention_dim=16,
        attention_head_dim=2,
        norm_num_groups=8,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )


NETWORKS = {
    network.name: network
    for network in (
        Network("vit", "class token, fused attention", _timm("vit_tiny_patch16_224", **_TOKENS)),
        Network(
            "vit_scaled",
            "layer scale, averaged patches",
            _timm(
                "vit_tiny_patch16_224",
                **_TOKENS,
                init_values=0.5,
                global_pool="avg",
                class_token=False,
            ),
        ),
        Network("swin", "windows", _timm("swin_tiny_patch4_window7_224", **_WINDOWS)),
        Network(
            "swin_v2",
            "a weight that is read without a call",
            _timm("swinv2_tiny_window8_256", **_WINDOWS),
        ),
        Network(
            "resnet",
            "strides, batch norms",
            _timm("resnet18", layers=(1, 1, 1, 1), channels=(16, 16, 32, 32)),
            odd_size=37,
        ),
        Network("resnext", "grouped convolutions", _resnext, odd_size=37),
        Network(
            "mobilenet",
            "depthwise convolutions, gates",
            _timm("mobilenetv3_small_050"),
            odd_size=37,
        ),
        Network(
            "efficientnet",
            "depthwise convolutions, padding by size",
            _efficientnet,
            odd_size=37,
        ),
        Network(
            "convnext",
            "layer norms, layer scale",
            _timm("convnext_atto", depths=(1, 1, 1, 1), dims=(16, 16, 32, 32), ls_init_value=0.5),
            odd_size=45,
        ),
        Network("mobilevit", "convolutions and attention", _mobilevit, odd_size=37),
        Network(
            "mixer",
            "no attention, no convolution",
            lambda classes: MlpMixer(
                num_classes=classes, img_size=32, patch_size=8, num_blocks=2, embed_dim=32
            ),
        ),
        Network("unet", "of diffusion, with text", _unet, size=8, odd_size=12, unet=True),
    )
}
