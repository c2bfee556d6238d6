"""LoRA against its formula and against plain peft."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
from peft import PeftModel
from torch import Tensor, nn

from medpeft_plugins.methods.lora.low_rank import LowRank
from medpeft_sdk.adaptation import Adapted, Method, adapt
from medpeft_sdk.anatomy import find_sites
from medpeft_sdk.errors import SpecError, UnsupportedError

Load = Callable[[str], Method]


@torch.no_grad()
def logits(model: nn.Module, images: Tensor) -> Tensor:
    return model.eval()(images)


@pytest.fixture
def adapted(network: nn.Module, method: Load) -> Adapted:
    """A network whose updates are not zero any more."""
    found = adapt(copy.deepcopy(network), method("lora"), {"rank": 4, "alpha": 6.0}, seed=0)
    torch.manual_seed(2)
    for module in found.model.modules():
        if isinstance(module, LowRank):
            nn.init.normal_(module.up.weight, std=0.1)
    return found


def test_it_computes_its_formula(adapted: Adapted, network: nn.Module, images: Tensor) -> None:
    before = logits(network, images)
    for update in [m for m in adapted.model.modules() if isinstance(m, LowRank)]:
        weight = network.get_submodule(update.host).weight
        rows = slice(None) if update.channels is None else update.channels
        product = update.up.weight.flatten(1) @ update.down.weight.flatten(1)
        weight.data[rows] += 6.0 / 4 * product.reshape(weight[rows].shape)
    torch.testing.assert_close(
        logits(adapted.model, images), logits(network, images), atol=1e-4, rtol=1e-4
    )
    assert not torch.allclose(logits(adapted.model, images), before, atol=1e-3)


def test_plain_peft_opens_what_is_saved(
    adapted: Adapted, network: nn.Module, images: Tensor, tmp_path: Path
) -> None:
    nn.init.normal_(adapted.head[0])
    adapted.save(tmp_path / "adapter")
    opened = PeftModel.from_pretrained(network, str(tmp_path / "adapter" / "peft"))
    torch.testing.assert_close(
        logits(opened, images), logits(adapted.model, images), atol=1e-5, rtol=1e-5
    )


def query_key_value(model: nn.Module) -> tuple[Tensor, ...]:
    return model.get_parameter("blocks.0.attn.qkv.weight").chunk(3)


@pytest.mark.parametrize(
    ("targets", "changed"),
    [("query_value", [True, False, True]), ("query_key_value", [True, True, True])],
)
def test_keys_stay_untouched_unless_asked(
    targets: str, changed: list[bool], method: Load, images: Tensor
) -> None:
    torch.manual_seed(0)
    model = timm.create_model(
        "vit_tiny_patch16_224", num_classes=3, img_size=32, patch_size=8, depth=1
    )
    before = query_key_value(copy.deepcopy(model))
    found = adapt(model, method("lora"), {"targets": targets}, seed=0)
    optimiser = torch.optim.SGD(found.trainable_parameters(), lr=1.0)
    for _ in range(3):
        found.model(images).square().sum().backward()
        optimiser.step()
    after = query_key_value(found.merge())
    assert [not torch.equal(a, b) for a, b in zip(after, before, strict=True)] == changed


@pytest.mark.parametrize(
    ("targets", "layers"),
    [("query_value", 24), ("query_key_value", 36), ("attention", 48), ("blocks", 48)],
)
def test_targets(targets: str, layers: int, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("vit_tiny_patch16_224", num_classes=7)
        adapt(model, method("lora"), {"targets": targets})
    assert sum(isinstance(m, LowRank) for m in model.modules()) == layers


def test_the_seed_decides_the_initialisation(network: nn.Module, method: Load) -> None:
    states = [
        adapt(copy.deepcopy(network), method("lora"), {}, seed=seed).state() for seed in (0, 0, 1)
    ]
    names = [n for n in states[0] if "lora" in n and n.endswith("down.weight")]
    assert names and all(torch.equal(states[0][n], states[1][n]) for n in names)
    assert not any(torch.equal(states[0][n], states[2][n]) for n in names)


def test_gates_and_grouped_convolutions_stay_as_they_are(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("mobilenetv3_small_050", num_classes=3)
        untouched = {s.path for s in find_sites(model).convs if s.module.groups > 1}
        untouched |= {
            f"{gate.path}.{name}"
            for gate in find_sites(model).gates
            for name, _ in gate.module.named_children()
        }
        adapt(model, method("lora"), {})
    updated = {m.host for m in model.modules() if isinstance(m, LowRank)}
    assert updated and not updated & untouched


def test_a_rank_that_cannot_fit_is_refused(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("mobilenetv3_small_050", num_classes=3)
    with pytest.raises(UnsupportedError, match="rank 16 is above") as raised:
        adapt(model, method("lora"), {"rank": 16})
    message = str(raised.value)
    assert "lora" in message and "blocks.0.0" in message and "rank at most 8" in message


def test_out_of_bounds(network: nn.Module, method: Load) -> None:
    with pytest.raises(SpecError, match="rank = 0"):
        adapt(network, method("lora"), {"rank": 0})


def test_a_network_without_targets_is_refused(method: Load) -> None:
    with torch.device("meta"):
        mixer = timm.create_model("mixer_s32_224")
        standardised = timm.create_model("resnetv2_50x1_bit")
    with pytest.raises(UnsupportedError, match="mixer_s32_224 is an mlp"):
        adapt(mixer, method("lora"), {})
    with pytest.raises(UnsupportedError, match="has none"):
        adapt(standardised, method("lora"), {})
