"""SV-Diff against its formula, and its counts."""

from collections.abc import Callable

import pytest
import timm
import torch
from torch import nn

from medpeft_plugins.methods.svdiff.method import SpectralShift
from medpeft_sdk.adaptation import Method, adapt
from tests.plugins.methods.stable_diffusion import unet

Load = Callable[[str], Method]


@pytest.mark.parametrize(
    ("architecture", "norms", "trainable"),
    [
        ("vit_base_patch16_224", False, 43_015),
        ("vit_base_patch16_224", True, 43_015 + 25),
        ("resnet50", False, 27_591),
        ("resnet50", True, 27_591 + 53),
    ],
)
def test_trainable_parameters(architecture: str, norms: bool, trainable: int, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=7)
    singular_values = sum(
        min(layer.weight.shape[0], layer.weight[0].numel())
        for layer in model.modules()
        if isinstance(layer, nn.Conv2d | nn.Linear) and layer is not model.get_classifier()
    )
    report = adapt(model, method("svdiff"), {"norms": norms}).parameter_report()
    assert report.trainable == trainable
    kinds = nn.LayerNorm | nn.BatchNorm2d
    counted = sum(isinstance(m, kinds) for m in model.modules()) if norms else 0
    assert report.added == singular_values + counted


def test_stable_diffusion(method: Load) -> None:
    assert adapt(unet(), method("svdiff"), {}).parameter_report().trainable == 222_805
    bare = adapt(unet(), method("svdiff"), {"norms": False}).parameter_report()
    assert bare.trainable == 222_696


@pytest.mark.parametrize("shape", [(6, 9), (9, 6), (8, 3, 3, 3), (7,)])
def test_it_computes_its_formula(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    weight = torch.randn(shape)
    shift = SpectralShift(weight, scale=0.5)
    assert torch.equal(shift(weight), weight)
    nn.init.normal_(shift.delta, std=3)
    matrix = weight.reshape(1, -1) if len(shape) == 1 else weight.flatten(1)
    u, s, vh = torch.linalg.svd(matrix.double(), full_matrices=False)
    expected = u @ torch.diag(torch.relu(s + 0.5 * shift.delta.double())) @ vh
    torch.testing.assert_close(shift(weight), expected.float().reshape(shape), atol=1e-5, rtol=1e-5)


def test_only_the_shifts_are_stored(network: nn.Module, method: Load) -> None:
    adapted = adapt(network, method("svdiff"), {})
    report = adapted.parameter_report()
    assert report.stored == report.trainable == report.added + report.head
