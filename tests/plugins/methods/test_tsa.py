"""TSA against its formula, and its counts."""

import copy
from collections.abc import Callable

import pytest
import timm
import torch
import torch.nn.functional as F
from torch import nn

from medpeft_plugins.methods.tsa.method import Parallel
from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.specs import Scalar
from tests.plugins.methods.stable_diffusion import unet

Load = Callable[[str], Method]


@pytest.mark.parametrize(
    ("values", "trainable"),
    [
        ({}, 1_271_815),
        ({"alignment": True}, 5_466_119),
        # With those of the shortcuts, which have 2,768,896; the authors leave them out.
        ({"convs": "all"}, 10_631_175 + 2_768_896),
    ],
)
def test_trainable_parameters(values: dict[str, Scalar], trainable: int, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("resnet50", num_classes=7)
        report = adapt(model, method("tsa"), values).parameter_report()
    assert (report.trainable, report.added) == (trainable, trainable - report.head)


def test_stable_diffusion(method: Load) -> None:
    model = unet()
    assert adapt(model, method("tsa"), {}).parameter_report().trainable == 54_272_000
    hosts = {m.host for m in model.modules() if isinstance(m, Parallel)}
    assert all(".resnets." in h and h.endswith(("conv1", "conv2")) for h in hosts)


@pytest.mark.parametrize(
    ("stride", "groups", "dilation"), [(1, 1, 1), (2, 1, 1), (2, 4, 1), (1, 8, 2)]
)
@torch.no_grad()
def test_it_computes_its_formula(stride: int, groups: int, dilation: int) -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(
        8, 16, 3, stride=stride, padding=dilation, dilation=dilation, groups=groups, bias=False
    )
    x = torch.randn(2, 8, 7, 7)
    adapter = Parallel(conv)
    assert torch.allclose(adapter.after(x, conv(x)), conv(x), atol=1e-3)
    nn.init.normal_(adapter.alpha)
    beside = F.conv2d(x, adapter.alpha, stride=stride, groups=groups)
    torch.testing.assert_close(adapter.after(x, conv(x)), conv(x) + beside)
    merged = copy.deepcopy(conv)
    adapter.fold(merged)
    torch.testing.assert_close(merged(x), conv(x) + beside, atol=1e-5, rtol=1e-5)


def test_a_window_that_misses_its_pixel_cannot_be_merged(method: Load) -> None:
    torch.manual_seed(0)
    adapted = adapt(timm.create_model("tf_efficientnet_lite0"), method("tsa"), {})
    with pytest.raises(UnsupportedError, match="no tap of its window"):
        adapted.merge()


def test_a_network_of_1x1_convolutions_is_refused(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("vit_tiny_patch16_224", num_classes=7)
    with pytest.raises(UnsupportedError, match="is a transformer"):
        adapt(model, method("tsa"), {})
