import copy
import subprocess
import sys

import pytest
import timm
import torch
from medpeft_sdk_mymethod import MYMETHOD
from medpeft_sdk_mymethod.method import BlockGain

from medpeft_sdk.adaptation import adapt
from medpeft_sdk.registry import load_registry

NETWORKS = {"resnet10t": {"zero_init_last": False}, "vit_tiny_patch16_224": {"img_size": 64}}


@pytest.fixture(params=NETWORKS)
def network(request):
    torch.manual_seed(0)
    return timm.create_model(request.param, num_classes=2, **NETWORKS[request.param]).eval()


def gains(model):
    return [name for name, _ in model.named_parameters() if name.endswith("block_gain")]


def test_is_found_and_registers_without_torch():
    entry = load_registry().methods.get("mymethod")
    assert entry.origin.distribution == "medpeft-sdk-mymethod"
    check = "import sys, medpeft_sdk_mymethod; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_is_the_identity_at_initialisation(network):
    images = torch.rand(2, 3, 64, 64)
    before = network(images)
    assert torch.equal(adapt(network, BlockGain(MYMETHOD), {}).model(images), before)


def test_trains_every_gain_and_the_head_and_nothing_else(network):
    adapted = adapt(network, BlockGain(MYMETHOD), {})
    adapted.model(torch.rand(2, 3, 64, 64)).square().sum().backward()
    learns = {n for n, p in adapted.model.named_parameters() if p.grad is not None and p.grad.any()}
    head = {n for n in learns if n.startswith(("fc.", "head."))}
    assert learns - head == set(gains(adapted.model))
    assert adapted.parameter_report().added == len(gains(adapted.model)) > 0


def test_share_counts_from_the_output(network):
    half = adapt(copy.deepcopy(network), BlockGain(MYMETHOD), {"share": 0.5})
    everywhere = gains(adapt(network, BlockGain(MYMETHOD), {}).model)
    assert gains(half.model) == everywhere[len(everywhere) // 2 :]
