"""SSF against its formula, and its counts."""

import copy
from collections.abc import Callable

import pytest
import timm
import torch
from timm.layers import (
    FilterResponseNormTlu2d,
    GroupNormAct,
    LayerNorm2d,
    LayerNormAct2d,
    RmsNorm,
    SimpleNorm2d,
)
from timm.layers.grn import GlobalResponseNorm
from torch import Tensor, nn

from medpeft_plugins.methods.ssf.method import ScaleShift
from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.anatomy import channel_dim
from medpeft_sdk.errors import UnsupportedError

Load = Callable[[str], Method]


@pytest.mark.parametrize(
    ("architecture", "trainable"),
    # Each layer has two numbers a channel: a ResNet's norms have as many channels as its convs.
    [("vit_base_patch16_224", 211_207), ("resnet50", 2 * 26_560 + 14_343)],
)
def test_trainable_parameters(architecture: str, trainable: int, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=7)
        assert adapt(model, method("ssf"), {}).parameter_report().trainable == trainable


def test_the_sites_of_a_vit_are_those_of_the_authors(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("vit_tiny_patch16_224", num_classes=7, depth=1)
        adapt(model, method("ssf"), {})
    assert [m.host for m in model.modules() if isinstance(m, ScaleShift)] == [
        "patch_embed.proj",
        *(f"blocks.0.{n}" for n in ("norm1", "attn.qkv", "attn.proj", "norm2")),
        *(f"blocks.0.mlp.{n}" for n in ("fc1", "fc2")),
        "norm",
    ]


@torch.no_grad()
def test_it_computes_its_formula(network: nn.Module, images: Tensor, method: Load) -> None:
    plain = copy.deepcopy(network).eval()
    model = adapt(network, method("ssf"), {}, seed=0).model.eval()
    pairs = {m.host: (m.scale, m.shift) for m in model.modules() if isinstance(m, ScaleShift)}

    def behind(path: str) -> Callable[..., Tensor]:
        def apply(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
            scale, shift = pairs[path]
            maps = isinstance(module, nn.Conv2d) or type(module).__name__ == "LayerNorm2d"
            shape = (1, -1, 1, 1) if maps else (-1,)
            return torch.addcmul(shift.reshape(shape), output, scale.reshape(shape))

        return apply

    for path in pairs:
        plain.get_submodule(path).register_forward_hook(behind(path))
    torch.testing.assert_close(model(images), plain(images), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("layer", "merges"),
    [
        (nn.LayerNorm(8), True),
        (nn.LayerNorm(8, bias=False), True),
        (nn.GroupNorm(2, 8), True),
        (LayerNorm2d(8), True),
        (GroupNormAct(8, 2, apply_act=False), True),
        (GroupNormAct(8, 2), False),
        (LayerNormAct2d(8), False),
        (RmsNorm(8), False),
        (SimpleNorm2d(8), False),
        (FilterResponseNormTlu2d(8), False),
        (GlobalResponseNorm(8), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else str(value),
)
@torch.no_grad()
def test_norms_are_merged_only_where_scale_and_shift_come_last(
    layer: nn.Module, merges: bool
) -> None:
    torch.manual_seed(0)
    pair = ScaleShift(8, channel_dim(layer))
    nn.init.normal_(pair.scale)
    nn.init.normal_(pair.shift)
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(2, 8, 8, 8)
    expected = pair.after(x, layer(x.clone()))
    if merges:
        pair.fold(layer)
        torch.testing.assert_close(layer(x), expected, atol=1e-5, rtol=1e-5)
    else:
        with pytest.raises(UnsupportedError, match="cannot be merged"):
            pair.fold(layer)


def test_standardised_weights_cannot_be_merged(method: Load) -> None:
    torch.manual_seed(0)
    adapted = adapt(timm.create_model("resnetv2_18", num_classes=3), method("ssf"), {})
    adapted.merge()
    standardised = timm.create_model("nf_regnet_b0", num_classes=3)
    adapted = adapt(standardised, method("ssf"), {})
    with pytest.raises(UnsupportedError, match="cannot be merged into ScaledStdConv2d"):
        adapted.merge()
