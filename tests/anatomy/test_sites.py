"""The sites of timm's networks, counted by hand from their papers."""

from collections.abc import Callable

import pytest
import timm
import torch
from timm.layers.grn import GlobalResponseNorm
from torch import nn

from medpeft_sdk.anatomy import Sites, channel_dim, family_of, find_sites, reset_head

SitesOf = Callable[[str], Sites]

CNNS = [
    "resnet18",
    "resnet50",
    "tf_efficientnet_lite0",
    "efficientnet_b0",
    "convnext_atto",
    "convnextv2_atto",
    "mobilenetv2_050",
    "mobilenetv3_small_050",
]
TRANSFORMERS = [
    "vit_tiny_patch16_224",
    "deit_tiny_patch16_224",
    "deit_tiny_distilled_patch16_224",
    "swin_tiny_patch4_window7_224",
]


@pytest.mark.parametrize("architecture", CNNS)
def test_a_cnn_is_told_by_its_structure(architecture: str, sites_of: SitesOf) -> None:
    sites = sites_of(architecture)
    assert family_of(sites) == "cnn"
    assert sites.attention == () and sites.tokens is None
    assert sites.blocks and sites.convs and sites.norms and sites.biases
    assert len(sites.head) == 1


@pytest.mark.parametrize("architecture", TRANSFORMERS)
def test_a_transformer_has_attention_and_mlp_in_every_block(
    architecture: str, sites_of: SitesOf
) -> None:
    sites = sites_of(architecture)
    assert family_of(sites) == "transformer"
    assert len(sites.blocks) == len(sites.attention) == len(sites.mlp) == 12
    for block, attention, mlp in zip(sites.blocks, sites.attention, sites.mlp, strict=True):
        assert attention.path.startswith(block.path + ".")
        assert mlp.path.startswith(block.path + ".")


@pytest.mark.parametrize(
    ("architecture", "family"), [("mixer_s32_224", "mlp"), ("maxvit_nano_rw_256", "hybrid")]
)
def test_other_families_are_told_too(architecture: str, family: str, sites_of: SitesOf) -> None:
    assert family_of(sites_of(architecture)) == family


def test_a_resnets_norms_are_found_though_none_is_called_norm(sites_of: SitesOf) -> None:
    norms = {site.path for site in sites_of("resnet50").norms}
    assert len(norms) == 53
    assert {"bn1", "layer1.0.bn3", "layer1.0.downsample.1"} <= norms
    assert [s.path for s in sites_of("resnet50").blocks][:4] == [
        "layer1.0",
        "layer1.1",
        "layer1.2",
        "layer2.0",
    ]


def test_identity_norms_are_absent(sites_of: SitesOf) -> None:
    norms = {site.path for site in sites_of("vit_tiny_patch16_224").norms}
    assert len(norms) == 25
    assert "patch_embed.norm" not in norms and "blocks.0.attn.q_norm" not in norms


def test_fused_attention_gives_its_projections(sites_of: SitesOf) -> None:
    site = sites_of("vit_tiny_patch16_224").attention[0]
    assert site.query and site.key and site.value and site.output
    assert [layer.path for layer in site.inputs] == ["blocks.0.attn.qkv"]
    assert site.output.path == "blocks.0.attn.proj"
    width = site.query.module.out_features // 3
    assert site.query.channels == range(width)
    assert site.key.channels == range(width, 2 * width)
    assert site.value.channels == range(2 * width, 3 * width)


def test_separate_attention_gives_its_projections() -> None:
    with torch.device("meta"):
        model = timm.create_model("cait_xxs24_224")
    site = find_sites(model).attention[-1]
    assert site.query and site.query.channels is None and site.output
    assert [s.path.rpartition(".")[2] for s in (*site.inputs, site.output)] == [
        "q",
        "k",
        "v",
        "proj",
    ]


def test_an_mlp_three_times_as_wide_is_no_attention() -> None:
    with torch.device("meta"):
        model = timm.models.VisionTransformer(
            img_size=32, patch_size=8, embed_dim=24, depth=2, num_heads=2, mlp_ratio=3.0
        )
    sites = find_sites(model)
    assert [s.path for s in sites.attention] == ["blocks.0.attn", "blocks.1.attn"]
    assert [(s.expand.path, s.contract.path) for s in sites.mlp] == [
        ("blocks.0.mlp.fc1", "blocks.0.mlp.fc2"),
        ("blocks.1.mlp.fc1", "blocks.1.mlp.fc2"),
    ]


def test_convnext_has_mlps_and_efficientnet_has_gates(sites_of: SitesOf) -> None:
    assert len(sites_of("convnext_atto").mlp) == 12
    assert sites_of("convnext_atto").gates == ()
    efficientnet = sites_of("efficientnet_b0")
    assert efficientnet.mlp == ()
    assert len(efficientnet.gates) == 16
    assert len(sites_of("mobilenetv3_small_050").gates) == 9


@pytest.mark.parametrize("architecture", ["gcvit_xxtiny", "levit_128s"])
def test_an_attention_is_no_mlp(architecture: str, sites_of: SitesOf) -> None:
    sites = sites_of(architecture)
    assert sites.mlp and sites.attention
    assert not {site.path for site in sites.mlp} & {site.path for site in sites.attention}


@pytest.mark.parametrize(("channels_last", "dim"), [(True, -1), (False, 1)])
def test_a_norm_of_either_layout_tells_where_its_channels_are(
    channels_last: bool, dim: int
) -> None:
    assert channel_dim(GlobalResponseNorm(4, channels_last=channels_last)) == dim


def test_tokens(sites_of: SitesOf) -> None:
    plain = sites_of("vit_tiny_patch16_224").tokens
    assert plain is not None and plain.patch_embedding is not None
    assert plain.patch_embedding.path == "patch_embed"
    assert [s.path for s in plain.class_tokens] == ["cls_token"]
    assert [s.path for s in plain.position_embeddings] == ["pos_embed"]
    distilled = sites_of("deit_tiny_distilled_patch16_224").tokens
    assert distilled is not None
    assert [s.path for s in distilled.class_tokens] == ["cls_token", "dist_token"]
    swin = sites_of("swin_tiny_patch4_window7_224").tokens
    assert swin is not None and swin.patch_embedding is not None
    assert swin.class_tokens == swin.position_embeddings == ()


@pytest.mark.parametrize("architecture", [*CNNS, *TRANSFORMERS])
def test_the_head_is_among_no_other_sites(architecture: str, sites_of: SitesOf) -> None:
    sites = sites_of(architecture)
    heads = {site.path for site in sites.head}
    others = (*sites.blocks, *sites.norms, *sites.convs, *sites.linears, *sites.mlp)
    assert not heads & {site.path for site in others}
    assert not any(site.path.rpartition(".")[0] in heads for site in sites.biases)


@pytest.mark.parametrize("architecture", [*CNNS, *TRANSFORMERS])
def test_every_bias_is_found(architecture: str, sites_of: SitesOf) -> None:
    sites = sites_of(architecture)
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=7)
    heads = tuple(f"{site.path}." for site in sites.head)
    named = {
        name
        for name, _ in model.named_parameters()
        if name.endswith(".bias") and not name.startswith(heads)
    }
    assert {site.path for site in sites.biases} == named


def test_two_heads(sites_of: SitesOf) -> None:
    heads = sites_of("deit_tiny_distilled_patch16_224").head
    assert [site.path for site in heads] == ["head", "head_dist"]


def test_features_have_no_head() -> None:
    with torch.device("meta"):
        assert find_sites(timm.create_model("resnet18", num_classes=0)).head == ()


def test_the_head_of_a_network_without_get_classifier_is_its_last_layer() -> None:
    body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1))
    assert [s.path for s in find_sites(nn.Sequential(body, nn.Linear(4, 2))).head] == ["1"]
    assert find_sites(body).head == ()


def test_finding_sites_leaves_the_network_as_it_is() -> None:
    model = timm.create_model("mobilenetv3_small_050", num_classes=3)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    find_sites(model)
    assert model.training
    assert all(torch.equal(before[n], t) for n, t in model.state_dict().items())
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_reset_head_draws_the_classifier_alone() -> None:
    model = timm.create_model("resnet18", num_classes=3)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch.manual_seed(1)
    reset_head(model)
    changed = {n for n, t in model.state_dict().items() if not torch.equal(before[n], t)}
    assert changed == {"fc.weight", "fc.bias"}
    drawn = model.fc.weight.clone()
    torch.manual_seed(1)
    reset_head(model)
    assert torch.equal(model.fc.weight, drawn)


@pytest.mark.parametrize(
    ("architecture", "runs"),
    [
        ("mobilevit_xxs", ["stages.2.1", "stages.3.1", "stages.4.1"]),
        ("mobilevitv2_050", ["stages.2.1", "stages.3.1", "stages.4.1"]),
        ("swin_tiny_patch4_window7_224", []),
        ("vit_tiny_patch16_224", []),
    ],
)
def test_transformers_are_runs_with_layers_that_lead_in_and_out(
    architecture: str, runs: list[str], sites_of: SitesOf
) -> None:
    assert [site.path for site in sites_of(architecture).transformers] == runs


def test_a_classifier_of_several_layers_is_the_one_that_makes_the_classes(
    sites_of: SitesOf,
) -> None:
    assert [s.path for s in sites_of("caformer_s18").head] == ["head.fc.fc2"]
    assert [s.path for s in sites_of("crossvit_9_240").head] == ["head.0", "head.1"]
    assert [s.path for s in sites_of("repvit_m1").head] == ["head.head.l", "head.head_dist.l"]
    assert [s.path for s in sites_of("resnetv2_18").head] == ["head.fc"]
