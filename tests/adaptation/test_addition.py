"""Additions: hooked to layers and lists, in any precision, and folded away again."""

import copy

import pytest
import torch
from torch import Tensor, nn

from medpeft_sdk.adaptation import Addition, attach
from medpeft_sdk.adaptation.addition import merge_additions
from medpeft_sdk.anatomy import Site
from medpeft_sdk.errors import UnsupportedError


class Double(Addition):
    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(2.0))

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        return self.factor * output

    def fold(self, layer: nn.Module) -> None:
        for parameter in layer.parameters(recurse=False):
            parameter *= self.factor


class Shift(Addition):
    def __init__(self) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.tensor(1.0))

    def before(self, features: Tensor) -> Tensor:
        return features + self.by


@pytest.fixture
def model() -> nn.Module:
    body = nn.Module()
    body.steps = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    return body


def site(model: nn.Module, path: str, **fields: bool) -> Site[nn.Module]:
    return Site(path, model.get_submodule(path), **fields)


def test_it_acts_on_its_host(model: nn.Module) -> None:
    x = torch.randn(3, 4)
    first, second = copy.deepcopy(model.steps)
    attach(model, site(model, "steps.0"), Double(), "twice")
    assert torch.equal(model.steps(x), second(2 * first(x)))
    assert "steps.0.twice.factor" in dict(model.named_parameters())
    attach(model, site(model, "steps.0"), Shift(), "shift")
    assert torch.equal(model.steps(x), second(2 * first(x + 1)))


def test_a_sequence_gets_no_further_step(model: nn.Module) -> None:
    x = torch.randn(3, 4)
    expected = 2 * model.steps(x)
    attach(model, site(model, "steps"), Double(), "twice")
    assert len(model.steps) == 2
    assert torch.equal(model.steps(x), expected)
    assert "steps_twice.factor" in dict(model.named_parameters())


def test_the_first_of_several_outputs_is_changed() -> None:
    lstm = nn.Module()
    lstm.layer = nn.GRU(4, 4)
    x = torch.randn(2, 1, 4)
    output, state = lstm.layer(x)
    attach(lstm, site(lstm, "layer"), Double(), "twice")
    changed, kept = lstm.layer(x)
    assert torch.equal(changed, 2 * output) and torch.equal(kept, state)


def test_it_takes_the_precision_of_its_host(model: nn.Module) -> None:
    double = Double()
    attach(model.to(torch.bfloat16), site(model, "steps.0"), double, "twice")
    assert double.factor.dtype == torch.bfloat16


def test_a_copy_has_hooks_of_its_own(model: nn.Module) -> None:
    attach(model, site(model, "steps.0"), Double(), "twice")
    twin = copy.deepcopy(model)
    x = torch.randn(3, 4)
    before = model.steps(x)
    assert torch.equal(twin.steps(x), before)
    nn.init.zeros_(twin.steps[0].twice.factor)
    assert torch.equal(model.steps(x), before)
    assert not torch.equal(twin.steps(x), before)


def test_folding_leaves_no_trace(model: nn.Module) -> None:
    names = set(model.state_dict())
    attach(model, site(model, "steps.0"), Double(), "twice")
    x = torch.randn(3, 4)
    before = model.steps(x)
    merge_additions(model)
    assert torch.allclose(model.steps(x), before)
    assert set(model.state_dict()) == names
    assert not model.steps[0]._forward_hooks


def test_what_cannot_be_folded_says_so(model: nn.Module) -> None:
    attach(model, site(model, "steps.0"), Shift(), "shift")
    with pytest.raises(UnsupportedError, match="Shift cannot be merged into Linear"):
        merge_additions(model)


def test_a_layer_that_is_called_on_demand_is_not_refused(model: nn.Module) -> None:
    model.qkv, model.qkv_bias_separate = nn.Linear(4, 12, bias=False), False
    attach(model, site(model, "qkv", called=False), Double(), "twice")
    assert model.qkv_bias_separate


def test_a_layer_that_is_never_called_is_refused(model: nn.Module) -> None:
    with pytest.raises(UnsupportedError, match=r"steps\.0 cannot be added to"):
        attach(model, site(model, "steps.0", called=False), Double(), "twice")
