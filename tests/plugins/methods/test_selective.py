"""The selective methods: exact counts, and what they refuse."""

from collections.abc import Callable

import pytest
import timm
import torch

from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.specs import Scalar
from tests.plugins.methods.stable_diffusion import PARAMETERS, unet

Load = Callable[[str], Method]


def trainable(architecture: str, method: Method, **values: Scalar) -> int:
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=7)
        return adapt(model, method, values).parameter_report().trainable


@pytest.mark.parametrize(
    ("architecture", "name", "values", "count"),
    [
        ("resnet50", "batchnorm", {}, 67_463),
        ("resnet50", "bitfit", {}, 40_903),
        ("resnet50", "norm_bias", {}, 67_463),
        ("vit_base_patch16_224", "layernorm", {}, 43_783),
        ("vit_base_patch16_224", "bitfit", {}, 108_295),
        ("vit_base_patch16_224", "norm_bias", {}, 127_495),
        ("vit_base_patch16_224", "attention", {}, 28_353_799),
        ("vit_base_patch16_224", "attention", {"position_embeddings": True}, 28_505_095),
        ("vit_base_patch16_224", "norm_bias_attention", {}, 28_439_047),
        # Of a block: attention 4 d² + 4 d, feed-forward 8 d² + 5 d, norms 4 d; then norm and head.
        ("vit_base_patch16_224", "partial", {"blocks": 1}, 12 * 768**2 + 13 * 768 + 1_536 + 5_383),
    ],
)
def test_trainable_parameters(
    architecture: str, name: str, values: dict[str, Scalar], count: int, method: Load
) -> None:
    assert trainable(architecture, method(name), **values) == count


@pytest.mark.parametrize(
    ("architecture", "name", "said"),
    [
        (
            "vit_tiny_patch16_224",
            "batchnorm",
            "batchnorm needs batch norms: vit_tiny_patch16_224 has none",
        ),
        ("resnet18", "layernorm", "layernorm needs other norms: resnet18 has none"),
        ("mobilenetv3_small_050", "attention", "mobilenetv3_small_050 is a cnn"),
    ],
)
def test_what_a_network_lacks(architecture: str, name: str, said: str, method: Load) -> None:
    with pytest.raises(UnsupportedError, match=said):
        trainable(architecture, method(name))


def test_more_blocks_than_there_are(method: Load) -> None:
    assert trainable("resnet18", method("partial"), blocks=8) > 0
    with pytest.raises(UnsupportedError, match="has 8 blocks, and the last 9") as raised:
        trainable("resnet18", method("partial"), blocks=9)
    assert "blocks at most 8" in str(raised.value)


def test_the_last_block_of_a_resnet(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("resnet18", num_classes=7)
        adapt(model, method("partial"), {"blocks": 1})
    trained = {n.rpartition(".")[0] for n, p in model.named_parameters() if p.requires_grad}
    assert trained == {*(f"layer4.1.{n}" for n in ("conv1", "bn1", "conv2", "bn2")), "fc"}


@pytest.mark.parametrize(
    ("name", "values", "count"),
    [
        ("bitfit", {}, 343_684),
        ("layernorm", {}, 200_320),
        ("norm_bias", {}, 443_844),
        ("attention", {}, 93_536_640),
        ("attention", {"scope": "transformer"}, 267_239_360),
        ("norm_bias_attention", {}, 93_955_524),
        ("norm_bias_attention", {"scope": "transformer"}, 267_421_124),
        ("full", {}, PARAMETERS),
    ],
)
def test_stable_diffusion(name: str, values: dict[str, Scalar], count: int, method: Load) -> None:
    report = adapt(unet(), method(name), values).parameter_report()
    assert (report.trainable, report.head, report.added) == (count, 0, 0)


def test_partial_refuses_a_unet(method: Load) -> None:
    # Its middle is registered last, and runs before all that leads up from it.
    with pytest.raises(UnsupportedError, match="is a unet"):
        adapt(unet(), method("partial"), {})
