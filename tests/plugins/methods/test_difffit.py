"""DiffFit: counts, and gains that act where they should."""

import copy
from collections.abc import Callable

import timm
import torch
from torch import Tensor, nn

from medpeft_plugins.methods.gains import OutputGain
from medpeft_sdk.adaptation import Method, adapt
from tests.plugins.methods.stable_diffusion import unet

Load = Callable[[str], Method]


def test_trainable_parameters(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("vit_base_patch16_224", num_classes=7)
        report = adapt(model, method("difffit"), {}).parameter_report()
    # Norms, biases and classifier; and six gains of 768 channels in each of twelve blocks.
    assert report.trainable == 127_495 + 12 * 6 * 768


def test_stable_diffusion(method: Load) -> None:
    report = adapt(unet(), method("difffit"), {}).parameter_report()
    # Eleven gains in each transformer block: ten of two attentions, one of the feed-forward part.
    widths = 5 * 320 + 5 * 640 + 6 * 1280
    assert report.added == 11 * widths
    assert report.trainable == 443_844 + 11 * widths


@torch.no_grad()
def test_it_computes_its_formula(images: Tensor, method: Load) -> None:
    torch.manual_seed(0)
    network = timm.create_model(
        "vit_tiny_patch16_224",
        num_classes=3,
        img_size=32,
        patch_size=8,
        embed_dim=24,
        depth=1,
        num_heads=2,
    ).eval()
    adapted = adapt(copy.deepcopy(network), method("difffit"), {})
    gains = {n: m for n, m in adapted.model.named_modules() if isinstance(m, OutputGain)}
    for gain in gains.values():
        nn.init.normal_(gain.gain)
    (block,) = network.blocks

    def gain(path: str) -> Tensor:
        return gains[f"blocks.0.{path}"].gain

    x = network._pos_embed(network.patch_embed(images))
    qkv = block.attn.qkv(block.norm1(x)).reshape(len(x), -1, 3, 24)
    q, k, v = (
        (part * gain(f"attn.qkv.difffit_{role}")).reshape(len(x), -1, 2, 12).transpose(1, 2)
        for part, role in zip(qkv.unbind(2), ("query", "key", "value"), strict=True)
    )
    attended = nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
    branch = block.attn.proj(attended) * gain("attn.proj.difffit_output")
    x = x + branch * gain("attn.proj.difffit_branch")
    x = x + block.mlp(block.norm2(x)) * gain("mlp.fc2.difffit_branch")
    expected = network.forward_head(network.norm(x))
    torch.testing.assert_close(adapted.model.eval()(images), expected, atol=1e-5, rtol=1e-5)
