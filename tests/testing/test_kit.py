"""The kit catches each fault that it is there for, in methods that are wrong in one way."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from medpeft_sdk.adaptation import Addition, Method, attach
from medpeft_sdk.anatomy import Site, Sites
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.specs import Hyperparameter, MethodSpec
from medpeft_sdk.testing import NETWORK_CHECKS, NETWORKS, Report, check_on, kit
from medpeft_sdk.testing import keeping_checks as keeping
from medpeft_sdk.testing import training_checks as training
from medpeft_sdk.testing.kit import title


class Gain(Addition):
    """A right addition: one gain a channel, drawn near one or equal to it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        return output * self.gain

    def fold(self, layer: nn.Module) -> None:
        layer.weight *= self.gain[:, None]
        layer.bias *= self.gain


class Right(Method):
    addition: type[Addition] = Gain

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        for mlp in sites.mlp:
            attach(model, mlp.contract, self.make(mlp.contract), "gain")
        return model

    def make(self, site: Site[Any]) -> Addition:
        return self.addition(site.module.out_features)


class MovesAFrozenBuffer(Right):
    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        model.register_buffer("seen", torch.zeros(1), persistent=False)
        model.register_forward_hook(lambda module, *_: module.seen.add_(1))
        return super().adapt(model, sites)


class ShrinksAFrozenWeight(Right):
    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        sites.mlp[0].contract.module.get_parameter("weight").data.mul_(0.5)
        return super().adapt(model, sites)


class IsNoIdentity(Right):
    def make(self, site: Site[Any]) -> Addition:
        gain = Gain(site.module.out_features)
        nn.init.constant_(gain.gain, 1.1)
        return gain


class TrainsWhatItDoesNotUse(Right):
    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        model.register_parameter("idle", nn.Parameter(torch.zeros(3)))
        return super().adapt(model, sites)


class Stuck(Gain):
    def after(self, features: Tensor, output: Tensor) -> Tensor:
        return output * (1 + 0 * self.gain)


class AddsWhatNeverMoves(Right):
    addition = Stuck


class ForgetsToTrain(Right):
    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        return model


class DividesByTheSpread(Right):
    """Gives gradients that are no numbers where a batch holds a single image."""

    class addition(Gain):  # noqa: N801
        def after(self, features: Tensor, output: Tensor) -> Tensor:
            return output * self.gain + 0 * (self.gain * output).var(0, correction=0).sqrt()


class FoldsWrongly(Right):
    class addition(Gain):  # noqa: N801
        def fold(self, layer: nn.Module) -> None:
            layer.weight *= self.gain[:, None] ** 2


class CannotFold(Right):
    class addition(Gain):  # noqa: N801
        def fold(self, layer: nn.Module) -> None:
            raise ZeroDivisionError("folded by mistake")


class DrawsFromNowhere(Right):
    def make(self, site: Site[Any]) -> Addition:
        gain = Gain(site.module.out_features)
        gain.gain.data += 1e-9 * torch.empty_like(gain.gain).normal_(
            generator=torch.Generator().manual_seed(id(gain) % 2**31)
        )
        gain.register_buffer("noise", torch.tensor(id(gain) % 1000))
        return gain


class ForgetsANumber(Right):
    """Keeps something that was learnt where no state looks for it."""

    class addition(Gain):  # noqa: N801
        def __init__(self, width: int) -> None:
            super().__init__(width)
            self.secret = torch.zeros(1)

        def after(self, features: Tensor, output: Tensor) -> Tensor:
            if self.training:
                self.secret = self.secret + 0.1
            return output * self.gain + self.secret


class NeedsTwoImages(Right):
    class addition(Gain):  # noqa: N801
        def after(self, features: Tensor, output: Tensor) -> Tensor:
            if len(output) == 1:
                raise IndexError("one image is too few")
            return output * self.gain


class NeedsTwoImagesToTrain(Right):
    class addition(Gain):  # noqa: N801
        def after(self, features: Tensor, output: Tensor) -> Tensor:
            if self.training and len(output) == 1:
                raise IndexError("one image is too few")
            return output * self.gain


class ReadsNumbers(Right):
    def make(self, site: Site[Any]) -> Addition:
        assert site.module.weight.abs().max().item() < 1e9
        return super().make(site)


class StaysOnTheCPU(Right):
    """Multiplies by a plain tensor, which no `Module.to` moves."""

    class addition(Gain):  # noqa: N801
        def __init__(self, width: int) -> None:
            super().__init__(width)
            self.mask = torch.ones(width)

        def after(self, features: Tensor, output: Tensor) -> Tensor:
            return output * self.gain * self.mask


class BreaksAtAnEnd(Right):
    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        if hyperparameters.get("width") == 8:
            raise IndexError("eight is too many")
        return super().adapt(model, sites)


class BreaksAtAnEndInTraining(Right):
    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        if hyperparameters.get("width") == 8:
            model.register_forward_pre_hook(self.stumble)
        return super().adapt(model, sites)

    @staticmethod
    def stumble(model: nn.Module, inputs: Any) -> None:
        if model.training:
            raise IndexError("eight is too many")


FAULTS: dict[type[Method], Callable[..., None]] = {
    MovesAFrozenBuffer: training.frozen_tensors_stay,
    ShrinksAFrozenWeight: training.frozen_tensors_stay,
    IsNoIdentity: training.starts_as_the_pretrained_network,
    TrainsWhatItDoesNotUse: training.gradients_reach_what_is_trained,
    AddsWhatNeverMoves: training.what_is_added_is_used,
    ForgetsToTrain: training.what_is_added_is_used,
    FoldsWrongly: keeping.merging_keeps_the_answers,
    CannotFold: keeping.merging_keeps_the_answers,
    DrawsFromNowhere: training.a_seed_decides,
    ForgetsANumber: keeping.saving_and_loading_keep_the_answers,
    NeedsTwoImages: training.odd_sizes_and_single_images_work,
    NeedsTwoImagesToTrain: training.odd_sizes_and_single_images_work,
    DividesByTheSpread: training.odd_sizes_and_single_images_work,
    ReadsNumbers: keeping.it_adapts_without_weights,
    StaysOnTheCPU: training.it_follows_to_another_device,
    BreaksAtAnEnd: keeping.every_allowed_value_works,
    BreaksAtAnEndInTraining: keeping.every_allowed_value_works,
}


def checked(kind: type[Method], network: str = "vit") -> Report:
    spec = MethodSpec(
        name="trial",
        title="Trial",
        kind="additive",
        formula="y = g f(x)",
        families=("transformer",),
        needs=("mlp",),
        hyperparameters=(
            Hyperparameter(name="width", type="int", default=4, low=1, high=8, description="."),
        ),
        learning_rate=1e-2,
        identity_at_initialisation=True,
        mergeable=True,
    )
    return check_on(kind(spec), NETWORKS[network])


def test_a_right_method_passes() -> None:
    report = checked(Right)
    assert report.status == "pass", report.failures
    assert len(report.outcomes) == len(NETWORK_CHECKS)
    unchecked = {o.reason for o in report.outcomes if o.status == "not checked"}
    assert unchecked == {"nothing is drawn: the start is the same under every seed"}


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_a_fault_is_caught(kind: type[Method], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "NETWORK_CHECKS", (FAULTS[kind],))
    report = checked(kind)
    assert report.status == "fail"
    assert [outcome.check for outcome in report.failures] == [title(FAULTS[kind])]


def test_a_refusal_is_no_failure() -> None:
    report = checked(Right, "resnet")
    assert report.status == "refused"
    assert report.refusal == "trial supports transformer networks: resnet18 is a cnn"


def test_a_crash_at_the_start_is_a_failure() -> None:
    class Crashes(Right):
        def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
            raise ZeroDivisionError("no luck today")

    (outcome,) = checked(Crashes).failures
    assert outcome.reason == "ZeroDivisionError: no luck today"


def test_a_reason_of_its_own_is_kept() -> None:
    class Declines(Right):
        def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
            raise UnsupportedError("trial wants more blocks")

    assert checked(Declines).refusal == "trial wants more blocks"


def test_a_refusal_that_says_nothing_is_a_failure() -> None:
    class Shrugs(Right):
        def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
            raise UnsupportedError("")

    (outcome,) = checked(Shrugs).failures
    assert outcome.reason == "it gives none"
