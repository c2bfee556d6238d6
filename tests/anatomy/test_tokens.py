"""Where tokens are made, and whether a transformer runs with more of them."""

from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn

from medpeft_sdk.anatomy import Sites, find_sites, inside

ADDED = 5
SMALL = {"depth": 2, "embed_dim": 24, "num_heads": 2}
FLEXIBLE: dict[str, dict[str, Any]] = {
    "vit_tiny_patch16_224": SMALL,
    "deit_tiny_distilled_patch16_224": SMALL,
    "vit_small_patch16_18x2_224": SMALL,
    "vit_base_patch16_siglip_224": SMALL,
    "vit_base_patch16_xp_224": SMALL,
    "naflexvit_base_patch16_gap": {},
}
RIGID: dict[str, tuple[dict[str, Any], str]] = {
    "beit_base_patch16_224": (SMALL, "blocks.0.attn weighs tokens by their relative positions"),
    "vit_relpos_small_patch16_224": (
        SMALL,
        "blocks.0.attn.rel_pos.mlp.fc1 weighs tokens by their relative positions",
    ),
    "eva02_tiny_patch14_224": (
        {"depth": 2},
        "rope rotates queries and keys by their place in the image",
    ),
    "convit_tiny": (
        {"depth": 2},
        "blocks.0.attn.pos_proj weighs tokens by their relative positions",
    ),
    "hiera_tiny_224": ({}, "blocks.0.attn attends within windows"),
    "swin_tiny_patch4_window7_224": (
        {"depths": (1, 1), "embed_dim": 12, "num_heads": (1, 2)},
        "the blocks stand in 2 lists, with other layers between them",
    ),
    "tnt_s_legacy_patch16_224": ({"depth": 2}, "blocks.0 attends to tokens of several widths"),
}


def run_with_more_tokens(model: Any, sites: Sites) -> Tensor:
    """Runs a network with tokens put in before the first block and taken out after the last."""
    assert sites.tokens is not None and sites.tokens.patch_embedding is not None
    blocks = [s.module for s in sites.blocks if not inside(s, (sites.tokens.patch_embedding,))]

    def append(_module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        tokens, *others = inputs
        more = torch.ones(tokens.shape[0], ADDED, tokens.shape[-1])
        return (torch.cat([tokens, more], dim=1), *others)

    blocks[0].register_forward_pre_hook(append)
    blocks[-1].register_forward_hook(lambda _module, _inputs, tokens: tokens[:, :-ADDED])
    with torch.inference_mode():
        return model(torch.randn(1, *model.pretrained_cfg["input_size"]))


@pytest.mark.parametrize("architecture", FLEXIBLE)
def test_a_flexible_transformer_runs_with_more_tokens(architecture: str) -> None:
    model = timm.create_model(architecture, num_classes=3, **FLEXIBLE[architecture]).eval()
    sites = find_sites(model)
    assert sites.tokens is not None and sites.tokens.rigid is None
    assert run_with_more_tokens(model, sites).shape == (1, 3)


@pytest.mark.parametrize("architecture", RIGID)
def test_a_rigid_one_says_why_it_does_not(architecture: str) -> None:
    arguments, reason = RIGID[architecture]
    model = timm.create_model(architecture, num_classes=3, **arguments).eval()
    sites = find_sites(model)
    assert sites.tokens is not None and sites.tokens.rigid == reason
    with pytest.raises((RuntimeError, AssertionError)):
        run_with_more_tokens(model, sites)


@pytest.mark.parametrize(
    ("architecture", "patches", "tokens", "positions"),
    [
        ("vit_tiny_r_s16_p8_224", "patch_embed", ["cls_token"], ["pos_embed"]),
        (
            "naflexvit_base_patch16_gap",
            "embeds",
            ["embeds.reg_token"],
            ["embeds.pos_embed"],
        ),
        ("hiera_small_abswin_256", "patch_embed", [], ["pos_embed", "pos_embed_win"]),
        ("pit_xs_224", "patch_embed", ["cls_token"], ["pos_embed"]),
        (
            "crossvit_9_240",
            "patch_embed",
            ["cls_token_0", "cls_token_1"],
            ["pos_embed_0", "pos_embed_1"],
        ),
    ],
)
def test_tokens_and_positions_wherever_they_are(
    architecture: str, patches: str, tokens: list[str], positions: list[str]
) -> None:
    with torch.device("meta"):
        found = find_sites(timm.create_model(architecture)).tokens
    assert found is not None and found.patch_embedding is not None
    assert found.patch_embedding.path == patches
    assert [site.path for site in found.class_tokens] == tokens
    assert [site.path for site in found.position_embeddings] == positions


@pytest.mark.parametrize("architecture", ["resnet18", "mobilevit_xxs", "edgenext_xx_small"])
def test_there_are_no_tokens_where_a_block_has_no_attention(architecture: str) -> None:
    with torch.device("meta"):
        assert find_sites(timm.create_model(architecture)).tokens is None
