"""The methods that come from peft, against plain peft; (IA)3 too, which is written here."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from peft import (
    BOFTConfig,
    IA3Config,
    LoHaConfig,
    LoKrConfig,
    LoraConfig,
    OFTConfig,
    PeftConfig,
    PeftModel,
    VeraConfig,
    get_peft_model,
)
from torch import Tensor, nn

from medpeft_plugins.methods.gains import InputGain, OutputGain
from medpeft_sdk.adaptation import Adapted, Method, adapt
from medpeft_sdk.anatomy import find_sites
from medpeft_sdk.errors import UnsupportedError

Load = Callable[[str], Method]

PLAIN: dict[str, Callable[[str], PeftConfig]] = {
    "dora": lambda t: LoraConfig(target_modules=t, r=8, lora_alpha=8, use_dora=True),
    "loha": lambda t: LoHaConfig(target_modules=t, r=8, alpha=32, use_effective_conv2d=True),
    "lokr": lambda t: LoKrConfig(target_modules=t, r=8, alpha=32, use_effective_conv2d=True),
    "oft": lambda t: OFTConfig(target_modules=t, oft_block_size=32),
    "boft": lambda t: BOFTConfig(target_modules=t, boft_block_size=4),
    "vera": lambda t: VeraConfig(target_modules=t, r=256),
}
NETWORKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "vit": (
        "vit_tiny_patch16_224",
        {"img_size": 32, "patch_size": 8, "embed_dim": 64, "depth": 2, "num_heads": 2},
        r"blocks\.\d+\.attn\.(qkv|proj)",
    ),
    "resnet": (
        "resnet26",
        {"layers": (1, 1, 1, 1), "channels": (8, 16, 24, 32)},
        r"layer\d\.0\.(conv\d|downsample\.0)",
    ),
}
REFUSED = {("vera", "resnet")}


@torch.no_grad()
def logits(model: nn.Module, images: Tensor) -> Tensor:
    return model.eval()(images)


def build(kind: str) -> tuple[nn.Module, str]:
    architecture, arguments, targets = NETWORKS[kind]
    torch.manual_seed(0)
    model = timm.create_model(architecture, num_classes=3, **arguments)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return model, targets


def perturbed(adapted: Adapted) -> Adapted:
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in adapted.trainable_parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return adapted


CASES = [(n, k) for n in PLAIN for k in NETWORKS if (n, k) not in REFUSED]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_it_is_plain_peft(name: str, kind: str, images: Tensor, method: Load) -> None:
    network, targets = build(kind)
    adapted = perturbed(adapt(copy.deepcopy(network), method(name), {}, seed=0))
    if name == "oft" and kind == "resnet":
        targets = r"layer\d\.0\.(conv[13]|downsample\.0)"
    plain = get_peft_model(network, PLAIN[name](targets))
    ours = dict(adapted.model.named_parameters())
    with torch.no_grad():
        for path, parameter in plain.named_parameters():
            parameter.copy_(ours.pop(path.removeprefix("base_model.model.")))
    assert not ours
    torch.testing.assert_close(
        logits(adapted.model, images), logits(plain, images), atol=1e-6, rtol=1e-6
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_plain_peft_opens_what_is_saved(
    name: str, kind: str, images: Tensor, method: Load, tmp_path: Path
) -> None:
    network, _ = build(kind)
    adapted = perturbed(adapt(copy.deepcopy(network), method(name), {}, seed=0))
    adapted.save(tmp_path / "adapter")
    opened = PeftModel.from_pretrained(network, str(tmp_path / "adapter" / "peft"))
    torch.testing.assert_close(
        logits(opened, images), logits(adapted.model, images), atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_merging_puts_the_networks_own_layers_back(
    name: str, kind: str, images: Tensor, method: Load
) -> None:
    network, _ = build(kind)
    adapted = perturbed(adapt(copy.deepcopy(network), method(name), {}, seed=0))
    merged = adapted.merge()
    assert [type(m) for m in merged.modules()] == [type(m) for m in network.modules()]
    torch.testing.assert_close(
        logits(merged, images), logits(adapted.model, images), atol=1e-4, rtol=1e-4
    )


def test_ia3_is_that_of_peft_where_keys_and_values_have_layers(
    images: Tensor, method: Load
) -> None:
    torch.manual_seed(0)
    network = timm.create_model(
        "cait_xxs24_224", num_classes=3, img_size=32, patch_size=8, depth=1, embed_dim=32
    )
    separate = [a for a in find_sites(network).attention if a.key and a.key.channels is None]
    mlps = [m.contract.path for m in find_sites(network).mlp]
    assert separate and mlps
    adapted = perturbed(adapt(copy.deepcopy(network), method("ia3"), {}))
    fused = [a.path for a in find_sites(network).attention if a.key and a.key.channels is not None]
    gains = {m.host: m for m in adapted.model.modules() if isinstance(m, OutputGain | InputGain)}
    with torch.no_grad():
        for module in adapted.model.modules():
            if isinstance(module, OutputGain) and module.host.startswith(tuple(fused)):
                module.gain.fill_(1)
    targets = [p.path for a in separate for p in (a.key, a.value) if p]
    plain = get_peft_model(
        network,
        IA3Config(
            target_modules="|".join(map(re.escape, [*targets, *mlps])),
            feedforward_modules="|".join(map(re.escape, mlps)),
        ),
    )
    with torch.no_grad():
        for path, parameter in plain.named_parameters():
            if "ia3_l" in path:
                host = path.removeprefix("base_model.model.").partition(".ia3_l")[0]
                parameter.copy_(gains[host].gain.reshape(parameter.shape))
        own = dict(adapted.model.named_parameters())
        for site in find_sites(network).head:
            site.module.load_state_dict(
                {
                    n: own[f"{site.path.removeprefix('base_model.model.')}.{n}"]
                    for n in ("weight", "bias")
                }
            )
    torch.testing.assert_close(
        logits(adapted.model, images), logits(plain, images), atol=1e-6, rtol=1e-6
    )


def test_ia3_leaves_the_queries_of_a_fused_layer(method: Load) -> None:
    model, _ = build("vit")
    adapted = adapt(model, method("ia3"), {})
    with torch.no_grad():
        for module in adapted.model.modules():
            if isinstance(module, OutputGain):
                module.gain.fill_(2)
    before, _ = build("vit")
    changed = adapted.merge().blocks[0].attn.qkv.weight / before.blocks[0].attn.qkv.weight
    assert [part.unique().tolist() for part in changed.chunk(3)] == [[1.0], [2.0], [2.0]]


@pytest.mark.parametrize(
    ("name", "architecture", "added"),
    [
        # Of a d x d' layer: r (d + d') and, for DoRA, d' lengths; qkv and proj of twelve blocks.
        ("dora", "vit_base_patch16_224", 12 * (8 * 6 * 768 + 4 * 768)),
        ("loha", "vit_base_patch16_224", 12 * 2 * 8 * 6 * 768),
        # A rotation of 768 inputs in blocks of 32 has 24 skew-symmetric matrices.
        ("oft", "vit_base_patch16_224", 24 * 24 * 32 * 31 // 2),
        # 192 blocks of 4 x 4, and a scale for each output.
        ("boft", "vit_base_patch16_224", 12 * (2 * 192 * 16 + 4 * 768)),
        # d of length 256 and b of the outputs.
        ("vera", "vit_base_patch16_224", 12 * (2 * 256 + 4 * 768)),
        # Keys, values and hidden features.
        ("ia3", "vit_base_patch16_224", 12 * (2 * 768 + 4 * 768)),
    ],
)
def test_added_parameters(name: str, architecture: str, added: int, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=7)
        assert adapt(model, method(name), {}).parameter_report().added == added


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("loha", {"rank": 65}, "rank 65 is above the smaller side of blocks.0.attn.qkv"),
        ("dora", {"rank": 65}, "rank 65 is above the smaller side of blocks.0.attn.qkv"),
        ("boft", {"block_size": 5}, "block_size 5 does not divide the inputs of blocks.0.attn"),
    ],
)
def test_what_cannot_fit(name: str, values: dict[str, Any], said: str, method: Load) -> None:
    with pytest.raises(UnsupportedError, match=said):
        adapt(build("vit")[0], method(name), values)


def test_vera_needs_linear_layers(method: Load) -> None:
    with pytest.raises(
        UnsupportedError, match="vera supports transformer, hybrid, mlp, unet networks"
    ):
        adapt(build("resnet")[0], method("vera"), {})


@pytest.mark.parametrize("name", ["dora", "loha", "lora"])
def test_layers_narrower_than_the_default_rank_are_left_out(name: str, method: Load) -> None:
    def narrow() -> nn.Module:
        return timm.create_model(
            "resnet26", num_classes=3, layers=(1, 1, 1, 1), channels=(4, 8, 16, 24)
        )

    with torch.device("meta"):
        adapted = adapt(narrow(), method(name), {})
        assert not any("layer1.0.conv1." in path for path in adapted.added_names())
        assert any("layer2.0.conv2." in path for path in adapted.added_names())
        with pytest.raises(UnsupportedError, match="rank 7 is above the smaller side of layer1"):
            adapt(narrow(), method(name), {"rank": 7})


def test_boft_leaves_out_layers_that_would_need_huge_matrices(method: Load) -> None:
    with torch.device("meta"):
        layers = nn.Linear(8196, 8), nn.Linear(8, 8196)
    wrapped = [method("boft").wraps(layer) for layer in layers]
    assert wrapped == [False, True]


READ = {
    "beit_base_patch16_224": {"img_size": 32, "depth": 1, "embed_dim": 24, "num_heads": 2},
    "eva02_tiny_patch14_224": {"img_size": 28, "depth": 1, "embed_dim": 24, "num_heads": 2},
    "swinv2_tiny_window8_256": {
        "img_size": 32,
        "window_size": 4,
        "depths": (1, 1),
        "embed_dim": 12,
        "num_heads": (1, 2),
    },
}


@pytest.mark.parametrize("architecture", READ)
@pytest.mark.parametrize("name", ["loha", "lora", "repadapter"])
def test_a_weight_that_was_read_alone_is_adapted_and_merged(
    name: str, architecture: str, method: Load
) -> None:
    torch.manual_seed(0)
    network = timm.create_model(architecture, num_classes=3, **READ[architecture])
    # Swin v2's norms start at zero and would hide its attentions.
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.3)
    side = READ[architecture]["img_size"]
    images = torch.randn(2, 3, side, side)
    before = logits(network, images)
    values = {} if name == "repadapter" else {"rank": 4}
    adapted = adapt(network, method(name), values, seed=0)
    torch.testing.assert_close(logits(adapted.model, images), before, atol=1e-5, rtol=1e-5)
    with torch.no_grad():
        for path in adapted.added_names():
            parameter = adapted.model.get_parameter(path)
            parameter.add_(0.5 * torch.randn_like(parameter))
    assert not torch.allclose(logits(adapted.model, images), before, atol=1e-3)
    torch.testing.assert_close(
        logits(adapted.merge(), images), logits(adapted.model, images), atol=1e-4, rtol=1e-4
    )
