"""Adapters, Compacter and AdaptFormer: formulas, counts and refusals."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_plugins.methods.compacter.method import Product
from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.specs import Scalar

Load = Callable[[str], Method]
D, HEAD = 768, 5_383


@pytest.mark.parametrize(
    ("name", "values", "trainable"),
    [
        # Two matrices and their biases, in each of twelve blocks.
        ("adapter", {}, 12 * (2 * D * 96 + 96 + D) + HEAD),
        ("adapter", {"placement": "houlsby"}, 24 * (2 * D * 96 + 96 + D) + HEAD),
        ("adaptformer", {}, 1_195_015),
        # s and t of four products in both layers, the biases, and the shared factors.
        ("compacter", {}, 24 * (2 * (D + 96) + 96 + D) + 2 * 4**3 + HEAD),
    ],
)
def test_trainable_parameters(
    name: str, values: dict[str, Scalar], trainable: int, method: Load
) -> None:
    with torch.device("meta"):
        model = timm.create_model("vit_base_patch16_224", num_classes=7)
        assert adapt(model, method(name), values).parameter_report().trainable == trainable


@pytest.mark.parametrize("placement", ["pfeiffer", "houlsby"])
def test_without_feed_forward_parts_adapters_stand_behind_the_attentions(
    placement: str, method: Load
) -> None:
    with torch.device("meta"):
        model = timm.create_model("pvt_v2_b0", num_classes=3)
        adapted = adapt(model, method("adapter"), {"placement": placement})
    owners = {name.partition(".adapter.")[0] for name in adapted.added_names()}
    assert len(owners) == 8 and all(owner.endswith(".attn") for owner in owners)


@pytest.mark.parametrize("name", ["adapter", "convpass", "fact_tt", "ia3", "repadapter"])
def test_an_attention_whose_projections_are_unknown_is_not_enough(name: str, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("efficientvit_b0", num_classes=3)
    with pytest.raises(UnsupportedError, match=f"{name} needs .*projections.*has none"):
        adapt(model, method(name), {})


def vit(**arguments: object) -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model(
        "vit_tiny_patch16_224",
        num_classes=3,
        img_size=32,
        patch_size=8,
        embed_dim=24,
        depth=2,
        num_heads=2,
        **arguments,
    ).eval()


@torch.no_grad()
def test_adaptformer_reads_the_stream_and_passes_by_the_layer_scale(
    images: Tensor, method: Load
) -> None:
    network = vit(init_values=1e-5)
    model = adapt(copy.deepcopy(network), method("adaptformer"), {"scale": 0.5}, seed=0).model
    bottlenecks = [block.adaptformer for block in model.blocks]
    for bottleneck in bottlenecks:
        nn.init.normal_(bottleneck.up.weight)
    x = network.norm_pre(network._pos_embed(network.patch_embed(images)))
    for block, bottleneck in zip(network.blocks, bottlenecks, strict=True):
        x = x + block.ls1(block.attn(block.norm1(x)))
        beside = 0.5 * bottleneck.up(F.relu(bottleneck.down(x)))
        x = x + block.ls2(block.mlp(block.norm2(x))) + beside
    expected = network.forward_head(network.norm(x))
    torch.testing.assert_close(model.eval()(images), expected, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_adaptformer_reads_the_stream_of_each_part_in_a_block_of_several(
    method: Load,
) -> None:
    torch.manual_seed(0)
    network: Any = timm.create_model(
        "vit_small_patch16_18x2_224",
        num_classes=3,
        img_size=32,
        patch_size=8,
        embed_dim=24,
        depth=1,
        num_heads=2,
        init_values=None,
    ).eval()
    model: Any = adapt(copy.deepcopy(network), method("adaptformer"), {"scale": 0.5}, seed=0).model
    block = model.blocks[0]
    bottlenecks = (block.adaptformer, block.adaptformer_1)
    for bottleneck in bottlenecks:
        nn.init.normal_(bottleneck.up.weight)
    plain = network.blocks[0]
    x = torch.randn(2, 17, 24)
    stream = x + sum(attn(x) for attn in plain.attns)
    beside = sum(0.5 * each.up(F.relu(each.down(stream))) for each in bottlenecks)
    torch.testing.assert_close(block.eval()(x), plain(x) + beside, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_adaptformer_reads_what_a_part_takes_in_where_the_norm_is_behind_it(
    images: Tensor, method: Load
) -> None:
    torch.manual_seed(0)
    network = timm.create_model(
        "swinv2_tiny_window8_256",
        num_classes=3,
        img_size=32,
        embed_dim=16,
        depths=(1,),
        num_heads=(2,),
        window_size=4,
    ).eval()
    model = adapt(copy.deepcopy(network), method("adaptformer"), {"scale": 1.0}, seed=0).model
    (block,), (twin,) = network.layers[0].blocks, model.layers[0].blocks
    nn.init.normal_(twin.adaptformer.up.weight)
    taken: list[Tensor] = []
    block.mlp.register_forward_pre_hook(lambda module, inputs: taken.append(inputs[0]))
    x = torch.randn(2, 8, 8, 16)
    plain = block(x)
    beside = twin.adaptformer.up(F.relu(twin.adaptformer.down(taken[0]))).reshape(plain.shape)
    torch.testing.assert_close(twin(x), plain + beside, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_compacters_matrix_is_a_sum_of_kronecker_products() -> None:
    torch.manual_seed(0)
    product, shared = Product(24, 12, divisions=4, rank=2), torch.randn(4, 4, 4)
    matrix = sum(
        torch.kron(a, s @ t) for a, s, t in zip(shared, product.left, product.right, strict=True)
    )
    x = torch.randn(5, 24)
    torch.testing.assert_close(product(x, shared), x @ matrix.T, atol=1e-5, rtol=1e-5)


def test_the_factors_of_compacter_are_shared(method: Load) -> None:
    adapted = adapt(vit(), method("compacter"), {}, seed=0)
    assert len({id(block.mlp.compacter.shared) for block in adapted.model.blocks}) == 1
    assert sum("shared" in name for name in adapted.state()) == 2


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("adapter", {"reduction": 25}, "reduction 25 is above the width of blocks.0.mlp"),
        ("compacter", {"divisions": 5}, "divisions 5 does not divide the width of blocks.0.attn"),
    ],
)
def test_what_cannot_fit(name: str, values: dict[str, Scalar], said: str, method: Load) -> None:
    with pytest.raises(UnsupportedError, match=said):
        adapt(vit(), method(name), values)
