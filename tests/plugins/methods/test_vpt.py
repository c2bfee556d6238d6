"""Visual prompts: counts, what the sequence looks like, and what they refuse."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn

from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.errors import UnsupportedError

Load = Callable[[str], Method]
TINY: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 24,
    "depth": 3,
    "num_heads": 2,
    "num_classes": 3,
}


@pytest.mark.parametrize(
    ("name", "tokens", "trainable"),
    [("vpt_shallow", 5, 9_223), ("vpt_deep", 5, 51_463), ("vpt_deep", 1, 12 * 768 + 5_383)],
)
def test_trainable_parameters(name: str, tokens: int, trainable: int, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("vit_base_patch16_224", num_classes=7)
        report = adapt(model, method(name), {"tokens": tokens}).parameter_report()
    assert report.trainable == trainable


@pytest.mark.parametrize("pooling", [{}, {"global_pool": "avg", "class_token": False}])
@pytest.mark.parametrize("name", ["vpt_shallow", "vpt_deep"])
@torch.no_grad()
def test_it_computes_its_formula(
    name: str, pooling: dict[str, Any], images: Tensor, method: Load
) -> None:
    """Prompts are put behind the class token here, where the authors put them."""
    torch.manual_seed(0)
    network = timm.create_model("vit_tiny_patch16_224", **TINY, **pooling).eval()
    adapted = adapt(copy.deepcopy(network), method(name), {}, seed=0)
    prompts = [p for n, p in adapted.model.named_parameters() if n.endswith("vpt.tokens")]
    assert len(prompts) == (1 if name == "vpt_shallow" else 3)
    x = network.norm_pre(network._pos_embed(network.patch_embed(images)))
    first = network.num_prefix_tokens

    def joined(x: Tensor, prompt: Tensor) -> Tensor:
        return torch.cat((x[:, :first], prompt.expand(len(x), -1, -1), x[:, first:]), dim=1)

    def parted(x: Tensor) -> Tensor:
        return torch.cat((x[:, :first], x[:, first + 5 :]), dim=1)

    for index, block in enumerate(network.blocks):
        if name == "vpt_deep" or index == 0:
            x = joined(x, prompts[index])
        x = block(x)
        if name == "vpt_deep" or index == 2:
            x = parted(x)
    expected = network.forward_head(network.norm(x))
    torch.testing.assert_close(adapted.model.eval()(images), expected, atol=1e-5, rtol=1e-5)


def test_prompts_are_drawn_within_xaviers_bound(method: Load) -> None:
    adapted = adapt(
        timm.create_model("vit_tiny_patch16_224", **TINY), method("vpt_deep"), {}, seed=0
    )
    bound = (6 / (3 * 8 * 8 + 24)) ** 0.5
    drawn = torch.cat([t.flatten() for n, t in adapted.state().items() if "vpt" in n])
    assert 0.9 * bound < drawn.abs().max() <= bound
    assert drawn.mean().abs() < 0.1 * bound


@pytest.mark.parametrize("architecture", ["deit_tiny_distilled_patch16_224"])
def test_several_class_tokens(architecture: str, images: Tensor, method: Load) -> None:
    model: nn.Module = timm.create_model(architecture, **TINY)
    assert adapt(model, method("vpt_deep"), {}).model.eval()(images).shape == (4, 3)


@pytest.mark.parametrize(
    ("architecture", "said"),
    [
        (
            "swin_tiny_patch4_window7_224",
            "needs sequence: no token can be added to swin_tiny_patch4_window7_224, because",
        ),
        ("beit_base_patch16_224", "relative positions"),
        ("eva02_tiny_patch14_224", "rotates queries and keys"),
        ("resnet18", "is a cnn"),
    ],
)
def test_what_takes_no_token_is_refused(architecture: str, said: str, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=3)
    with pytest.raises(UnsupportedError, match=said):
        adapt(model, method("vpt_shallow"), {})
