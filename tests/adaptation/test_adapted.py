"""The accounts of an adapted network, for methods that a plugin might bring."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from medpeft_sdk.adaptation import Adapted, Method, adapt
from medpeft_sdk.anatomy import Sites, load_state
from medpeft_sdk.errors import SpecError, StoreError, UnsupportedError, WeightsError
from medpeft_sdk.specs import Hyperparameter, MethodSpec


class Network(nn.Module):
    """Two convolutions with batch norms, and a classifier that says so."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 2)

    def get_classifier(self) -> nn.Module:
        return self.fc

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.norm(self.conv(images)).mean((2, 3)))


class Wrapped(nn.Module):
    """A layer and a scale beside it, so that the layer's parameters change their names."""

    def __init__(self, layer: nn.Module, width: int) -> None:
        super().__init__()
        self.layer = layer
        self.scale = nn.Parameter(torch.randn(width, 1, 1))
        self.basis = nn.Parameter(torch.randn(7), requires_grad=False)
        self.register_buffer("seen", torch.zeros(5))
        self.register_buffer("scratchpad", torch.zeros(9), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        return self.layer(features) * self.scale


class Wrap(Method):
    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        model.conv = Wrapped(model.get_submodule("conv"), 4)
        return model


class Append(Method):
    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        model.conv = nn.Sequential(model.get_submodule("conv"), nn.BatchNorm2d(4))
        return model


class Unfreeze(Method):
    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        assert not any(parameter.requires_grad for parameter in model.parameters())
        for site in sites.norms:
            site.module.requires_grad_(True)
        return model


def spec(**changes: Any) -> MethodSpec:
    fields = {
        "name": "trial",
        "title": "Trial",
        "kind": "additive",
        "formula": "y = s x",
        "families": ("cnn",),
        "learning_rate": 1e-3,
        "identity_at_initialisation": False,
    }
    return MethodSpec(**(fields | changes))


def adapted(method: type[Method] = Wrap, seed: int | None = 0, **changes: Any) -> Adapted:
    return adapt(Network(), method(spec(**changes)), {}, seed=seed)


def test_counts_go_by_tensor_and_not_by_name() -> None:
    counts = adapted().parameter_report()
    network = 4 * 27 + 4 + 8 + 10
    assert counts.model_dump() == {
        "total": network + 4 + 7,
        "trainable": 4 + 10,
        "added": 4 + 7,
        "stored": 4 + 7 + 5 + 10,
        "head": 10,
    }


def test_selective_methods_add_nothing() -> None:
    counts = adapted(Unfreeze).parameter_report()
    assert (counts.trainable, counts.added, counts.stored) == (8 + 10, 0, 8 + 10)


def test_moving_statistics_are_stored() -> None:
    result = adapted(Unfreeze, updates_batchnorm_statistics=True)
    assert set(result.state()) == {
        "norm.weight",
        "norm.bias",
        "norm.running_mean",
        "norm.running_var",
        "norm.num_batches_tracked",
        "fc.weight",
        "fc.bias",
    }


@pytest.mark.parametrize("moving", [True, False])
def test_statistics_move_only_where_the_method_says_so(moving: bool) -> None:
    result = adapted(Unfreeze, updates_batchnorm_statistics=moving)
    before = result.model.norm.running_mean.clone()
    result.train_mode()
    assert result.model.training
    result.model(torch.randn(4, 3, 8, 8))
    assert torch.equal(before, result.model.norm.running_mean) != moving


def test_frozen_statistics_stay_whatever_mode_a_loop_asks_for() -> None:
    result = adapted(Unfreeze, mergeable=True)
    before = [buffer.clone() for buffer in result.model.norm.buffers()]
    result.model.train()
    result.model(torch.randn(4, 3, 8, 8))
    assert all(map(torch.equal, before, result.model.norm.buffers()))
    merged = result.merge().train()
    merged(torch.randn(4, 3, 8, 8))
    assert not torch.equal(before[0], merged.norm.running_mean)


def test_the_statistics_of_an_added_norm_move() -> None:
    result = adapted(Append)
    before = result.state()
    frozen = result.model.norm.running_mean.clone()
    result.train_mode()
    result.model(torch.randn(4, 3, 8, 8))
    assert torch.equal(frozen, result.model.norm.running_mean)
    assert not torch.equal(before["conv.1.running_mean"], result.model.conv[1].running_mean)


def test_the_state_is_a_copy() -> None:
    result = adapted()
    state = result.state()
    with torch.no_grad():
        result.model.fc.bias.add_(1)
    assert not torch.equal(state["fc.bias"], result.model.fc.bias)
    result.load_state(state)
    assert torch.equal(state["fc.bias"], result.model.fc.bias)


def test_the_state_survives_a_move() -> None:
    result = adapted(Unfreeze, updates_batchnorm_statistics=True)
    names = set(result.state())
    result.model.to(torch.float64)
    assert set(result.state()) == names
    assert result.parameter_report().stored == 8 + 10 + 9


def test_the_saved_file_holds_what_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "adapter.safetensors"
    rank = Hyperparameter(name="rank", type="int", default=4, description="Rank.")
    result = adapted(hyperparameters=(rank,))
    result.save_state(file)
    assert sum(t.numel() for t in load_state(file).values()) == result.parameter_report().stored
    with safe_open(str(file), "pt") as opened:
        assert json.loads(opened.metadata()["medpeft"]) == {
            "method": "trial",
            "hyperparameters": {"rank": 4},
        }


def test_equal_adapters_give_equal_files(tmp_path: Path) -> None:
    result = adapted()
    for name in ("a", "b"):
        result.save_state(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        adapted().save_state(tmp_path / "absent" / "adapter.safetensors")


def lacking(state: dict[str, Tensor]) -> None:
    del state["conv.scale"]


def unknown(state: dict[str, Tensor]) -> None:
    state["conv.offset"] = torch.zeros(1)


def reshaped(state: dict[str, Tensor]) -> None:
    state["conv.scale"] = torch.zeros(8, 1, 1)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lacking, "lacks 'conv.scale'"),
        (unknown, "unknown 'conv.offset'"),
        (reshaped, r"shape \(8, 1, 1\) for 'conv.scale'"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(
    spoil: Callable[[dict[str, Tensor]], None], said: str
) -> None:
    result = adapted()
    before = result.state()
    state = {name: tensor + 1 for name, tensor in before.items()}
    spoil(state)
    with pytest.raises(WeightsError, match=said):
        result.load_state(state)
    assert all(torch.equal(before[n], t) for n, t in result.state().items())


def test_the_seed_decides_what_is_added_and_leaves_the_generator_alone() -> None:
    torch.manual_seed(5)
    ambient = torch.get_rng_state()
    network = Network()
    torch.set_rng_state(ambient)
    first, again, other = (
        adapt(copy.deepcopy(network), Wrap(spec()), {}, seed=s).state()["conv.scale"]
        for s in (1, 1, 2)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), ambient)


def test_unsupported() -> None:
    with pytest.raises(UnsupportedError, match="trial supports transformer, hybrid networks: Netw"):
        adapted(families=("transformer", "hybrid"))
    with pytest.raises(UnsupportedError, match="trial needs attention or mlp: Network has none"):
        adapted(needs=("attention", "mlp"))
    adapted(needs=("attention", "convs"))


def test_hyperparameters_are_checked() -> None:
    with pytest.raises(SpecError, match="no hyperparameter 'rang'"):
        adapt(Network(), Wrap(spec()), {"rang": 1})
