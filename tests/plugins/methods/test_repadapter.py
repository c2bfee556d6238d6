"""RepAdapter against its formula."""

from collections.abc import Callable

import pytest
import timm
import torch
from torch import nn

from medpeft_plugins.methods.repadapter.linear_adapter import InFront, LinearAdapter
from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.errors import UnsupportedError

Load = Callable[[str], Method]


def test_it_computes_its_formula() -> None:
    torch.manual_seed(0)
    adapter = LinearAdapter(6, bottleneck=4, groups=2, scale=0.5, dropout=0.1).eval()
    for parameter in adapter.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(2, 3, 6)
    hidden = adapter.down(x)
    # Each half of the bottleneck makes one half of the channels.
    halves = [hidden[..., :2] @ adapter.up[0].T, hidden[..., 2:] @ adapter.up[1].T]
    expected = 0.5 * (torch.cat(halves, dim=-1) + adapter.bias)
    torch.testing.assert_close(adapter(x), expected)


@pytest.mark.parametrize("layer", [nn.Linear(6, 3, bias=False), nn.Conv2d(6, 3, 1, bias=False)])
def test_a_layer_without_bias_gets_one_when_merged(layer: nn.Linear | nn.Conv2d) -> None:
    torch.manual_seed(0)
    adapter = LinearAdapter(6, bottleneck=4, groups=2, scale=0.5, dropout=0.1).eval()
    for parameter in adapter.parameters():
        nn.init.normal_(parameter)
    front = InFront(layer, adapter)
    x = torch.randn(2, 6) if isinstance(layer, nn.Linear) else torch.randn(2, 6, 5, 7)
    with torch.no_grad():
        expected = layer(front.before(x))
        front.fold(layer)
        torch.testing.assert_close(layer(x), expected)
    assert layer.bias is not None


def test_layers_that_read_the_same_input_share_an_adapter(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("cait_xxs24_224", num_classes=3)
        adapt(model, method("repadapter"), {})
    attention = model.get_submodule("blocks_token_only.0.attn")
    adapters = {attention.get_submodule(f"{name}.repadapter").adapter for name in "qkv"}
    assert len(adapters) == 1


def test_parameters_of_a_vit(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("vit_base_patch16_224", num_classes=7)
        counts = adapt(model, method("repadapter"), {}).parameter_report()
    assert counts.added == 12 * 2 * ((768 * 8 + 8) + (768 * 8 // 2 + 768))
    assert counts.trainable == counts.added + 5_383


@pytest.mark.parametrize(
    ("hyperparameters", "complaint"),
    [
        ({"groups": 3}, "groups 3 does not divide the bottleneck in front of blocks.0.attn.qkv"),
        ({"groups": 5, "bottleneck": 10}, "groups 5 does not divide the input width"),
    ],
)
def test_groups_that_cannot_fit_are_refused(
    hyperparameters: dict[str, int], complaint: str, method: Load
) -> None:
    with torch.device("meta"):
        model = timm.create_model("vit_tiny_patch16_224", num_classes=3)
    with pytest.raises(UnsupportedError, match=complaint):
        adapt(model, method("repadapter"), hyperparameters)
