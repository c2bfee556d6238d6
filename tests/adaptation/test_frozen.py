"""Changes of weights that nothing stores are noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from medpeft_sdk.adaptation import adapt
from medpeft_sdk.adaptation.frozen import checksums
from medpeft_sdk.anatomy import Sites
from medpeft_sdk.errors import PluginError
from tests.adaptation.test_adapted import Network, Unfreeze, Wrap, adapted, spec


def flip_a_bit(tensor: Tensor) -> Tensor:
    words = tensor.clone().view(torch.int32)
    words.flatten()[-1] ^= 1 << 30
    return words.view(torch.float32)


@pytest.mark.parametrize(
    "change",
    [
        flip_a_bit,
        torch.neg,
        lambda tensor: tensor.flip(1),
        lambda tensor: tensor.roll(1 << 18),
        lambda tensor: torch.where(tensor == 0, -tensor, tensor),
        lambda tensor: tensor.half(),
    ],
    ids=["bit", "sign", "order", "block", "zero", "type"],
)
def test_a_checksum_tells_what_changed(change: Callable[[Tensor], Tensor]) -> None:
    tensor = torch.randn(3, 400, 500)
    tensor[1, 2, 3] = 0
    before, after = checksums([tensor, change(tensor)])
    assert before != after


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bool, torch.complex128])
def test_a_checksum_depends_on_the_values_alone(dtype: torch.dtype) -> None:
    tensor = torch.randn(2, 3, 5, 7).to(dtype)
    same = tensor.to(memory_format=torch.channels_last)
    assert len(set(checksums([tensor, same, torch.stack([tensor, tensor])[1]]))) == 1
    assert len(set(checksums([tensor, torch.zeros_like(tensor)]))) == 2


def test_what_has_no_data_has_no_checksum() -> None:
    assert checksums([torch.empty(0), torch.empty(3, device="meta")]) == [0, 0]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_device_gives_the_same_checksum() -> None:
    tensor = torch.randn(1000, 1000)
    assert len(set(checksums([tensor, tensor.cuda()]))) == 1


def test_training_what_is_stored_is_no_change() -> None:
    for method in (Wrap, Unfreeze):
        result = adapted(method, updates_batchnorm_statistics=method is Unfreeze)
        optimiser = torch.optim.SGD(result.trainable_parameters(), lr=0.1)
        result.train_mode()
        result.model(torch.randn(4, 3, 8, 8)).sum().backward()
        optimiser.step()
        result.check_frozen()


@pytest.mark.parametrize("name", ["conv.layer.weight", "norm.running_var"])
def test_a_frozen_tensor_that_changes_is_named(name: str) -> None:
    result = adapted(Wrap)
    result.model.state_dict()[name].mul_(2)
    with pytest.raises(PluginError, match=f"changed frozen weights, which nothing stores: {name}"):
        result.check_frozen()


def test_a_method_that_changes_frozen_weights_is_found_out() -> None:
    class Shrinks(Wrap):
        def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
            for site in sites.norms:
                site.module.get_parameter("weight").data.mul_(0.5)
            return super().adapt(model, sites)

    with pytest.raises(PluginError, match=r"stores: norm\.weight"):
        adapt(Network(), Shrinks(spec()), {}).check_frozen()
