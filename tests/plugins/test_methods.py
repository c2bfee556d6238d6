"""The built-in methods, each on small networks of several families."""

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.registry import load_registry

Load = Callable[[str], Method]
BUILT_IN = ["bitfit", "full", "linear", "lora", "scratch"]


def step(model: nn.Module, images: Tensor, *, learning_rate: float = 1e-2, steps: int = 2) -> None:
    optimiser = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], lr=learning_rate
    )
    for _ in range(steps):
        F.cross_entropy(model(images), torch.arange(len(images)) % 3).backward()
        optimiser.step()
        optimiser.zero_grad()


def tensors(model: nn.Module) -> dict[str, Tensor]:
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


@torch.no_grad()
def logits(model: nn.Module, images: Tensor) -> Tensor:
    return model.eval()(images)


def test_they_are_registered() -> None:
    assert set(BUILT_IN) <= set(load_registry().methods.names)


def test_registering_imports_no_tensor_library() -> None:
    code = (
        "import sys, medpeft_plugins.methods, medpeft_plugins.backbones;"
        "print({'torch', 'timm', 'peft'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_adapted_network_starts_as_the_pretrained_one(
    name: str, network: nn.Module, images: Tensor, method: Load
) -> None:
    before = logits(copy.deepcopy(network), images)
    adapted = adapt(network, method(name), {}, seed=0)
    assert torch.equal(logits(adapted.model, images), before)


@pytest.mark.parametrize("name", BUILT_IN)
def test_training_changes_what_is_stored_and_nothing_else(
    name: str, network: nn.Module, images: Tensor, method: Load
) -> None:
    adapted = adapt(network, method(name), {}, seed=0)
    before = {n: t.detach().clone() for n, t in tensors(adapted.model).items()}
    adapted.train_mode()
    step(adapted.model, images)
    changed = {n for n, t in tensors(adapted.model).items() if not torch.equal(before[n], t)}
    assert changed
    assert changed <= set(adapted.state())


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_trainable_parameter_gets_a_finite_gradient_and_no_other_does(
    name: str, network: nn.Module, images: Tensor, method: Load
) -> None:
    adapted = adapt(network, method(name), {}, seed=0)
    adapted.train_mode()
    F.cross_entropy(adapted.model(images), torch.tensor([0, 1, 2, 0])).backward()
    for path, parameter in adapted.model.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, path
        assert parameter.grad is None or parameter.grad.isfinite().all(), path


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_saved_adapter_gives_the_same_logits_on_the_pretrained_network(
    name: str, network: nn.Module, images: Tensor, method: Load, tmp_path: Path
) -> None:
    pretrained = copy.deepcopy(network)
    adapted = adapt(network, method(name), {}, seed=0)
    adapted.train_mode()
    step(adapted.model, images)
    adapted.save_state(tmp_path / "adapter.safetensors")
    again = adapt(pretrained, method(name), {}, seed=99)
    again.read_state(tmp_path / "adapter.safetensors")
    assert torch.equal(logits(again.model, images), logits(adapted.model, images))


@pytest.mark.parametrize(
    ("architecture", "name", "trainable"),
    [
        ("resnet50", "linear", 14_343),
        ("resnet50", "bitfit", 40_903),
        ("resnet50", "full", 23_522_375),
        # All convolutions of the blocks: 649,887 with the stem, which adds 8 (3 * 7 * 7 + 64).
        ("resnet50", "lora", 649_887 - 8 * (3 * 49 + 64)),
        ("vit_base_patch16_224", "linear", 5_383),
        ("vit_base_patch16_224", "bitfit", 108_295),
        ("vit_base_patch16_224", "full", 85_804_039),
        ("vit_base_patch16_224", "lora", 300_295),
    ],
)
def test_trainable_parameters(architecture: str, name: str, trainable: int, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=7)
        counts = adapt(model, method(name), {}).parameter_report()
    assert counts.trainable == trainable
    assert counts.added == (trainable - counts.head if name == "lora" else 0)


def test_scratch_is_full_fine_tuning_without_pretrained_weights(method: Load) -> None:
    scratch, full = method("scratch"), method("full")
    assert type(scratch) is type(full)
    assert full.spec.pretrained and not scratch.spec.pretrained
