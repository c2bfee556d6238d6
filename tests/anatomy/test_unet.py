"""The sites of Stable Diffusion 1.5's U-Net; its counts were taken from the released model."""

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from torch import nn

from medpeft_sdk.anatomy import Sites, family_of, find_sites, inside

diffusers = pytest.importorskip("diffusers")


@pytest.fixture(scope="module")
def unet() -> nn.Module:
    with torch.device("meta"):
        return diffusers.UNet2DConditionModel(
            sample_size=64,
            in_channels=4,
            out_channels=4,
            block_out_channels=(320, 640, 1280, 1280),
            layers_per_block=2,
            cross_attention_dim=768,
            attention_head_dim=8,
            down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
            up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        )


@pytest.fixture(scope="module")
def sites(unet: nn.Module) -> Sites:
    return find_sites(unet)


def size(sites: Iterable[Any]) -> int:
    return sum(p.numel() for site in sites for p in site.module.parameters())


def test_its_family_is_told_by_the_map_that_it_returns(unet: nn.Module, sites: Sites) -> None:
    assert sum(p.numel() for p in unet.parameters()) == 859_520_964
    assert family_of(sites) == "unet"
    assert sites.head == () and sites.gates == () and sites.tokens is None


def test_parameters_by_kind(sites: Sites) -> None:
    assert size(sites.attention) == 93_536_640
    assert size(sites.transformers) == 267_239_360
    assert size(sites.norms) == 200_320
    assert sum(site.parameter.numel() for site in sites.biases) == 343_684


def test_every_attention_has_its_projections(sites: Sites) -> None:
    assert len(sites.attention) == 32
    site = sites.attention[1]
    assert site.query and site.key and site.value and site.output
    assert site.path == "down_blocks.0.attentions.0.transformer_blocks.0.attn2"
    assert site.query.module.in_features == 320
    assert site.key.module.in_features == site.value.module.in_features == 768
    assert site.output.path == f"{site.path}.to_out.0"
    for site in sites.attention:
        layers = (*site.inputs, site.output)
        assert [layer and layer.path.removeprefix(f"{site.path}.") for layer in layers] == [
            "to_q",
            "to_k",
            "to_v",
            "to_out.0",
        ]


def test_feed_forward_parts_and_transformers(sites: Sites) -> None:
    assert len(sites.mlp) == len(sites.transformers) == 16
    mlp, transformer = sites.mlp[0], sites.transformers[0]
    assert transformer.path == "down_blocks.0.attentions.0"
    assert mlp.path == f"{transformer.path}.transformer_blocks.0.ff"
    assert mlp.expand.path == f"{mlp.path}.net.0.proj"
    assert mlp.contract.path == f"{mlp.path}.net.2"


def test_blocks_are_residual_blocks_of_convolutions_and_transformer_blocks(sites: Sites) -> None:
    attending = [b for b in sites.blocks if any(inside(a, (b,)) for a in sites.attention)]
    convolving = [b for b in sites.blocks if any(inside(c, (b,)) for c in sites.convs)]
    assert (len(attending), len(convolving), len(sites.blocks)) == (16, 22, 38)


def test_layers_outside_of_blocks_are_found_too(sites: Sites) -> None:
    assert {"conv_in", "conv_out"} <= {site.path for site in sites.convs}
    assert "time_embedding.linear_1" in {site.path for site in sites.linears}
    weights = len(sites.convs) + len(sites.linears)
    assert weights == 282 and len(sites.norms) == 109
