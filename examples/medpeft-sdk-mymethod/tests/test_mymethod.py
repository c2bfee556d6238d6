import timm
import torch
from medpeft_sdk_mymethod import MYMETHOD
from medpeft_sdk_mymethod.method import BlockGain

from medpeft_sdk.adaptation import adapt
from medpeft_sdk.testing.pytest import MethodConformance


class TestMyMethod(MethodConformance):
    name = "mymethod"


def gains(share):
    with torch.device("meta"):
        network = timm.create_model("resnet10t", num_classes=2)
        adapted = adapt(network, BlockGain(MYMETHOD), {"share": share})
    return [n for n, _ in adapted.model.named_parameters() if n.endswith("block_gain")]


def test_share_counts_from_the_output():
    assert gains(0.5) == gains(1.0)[-len(gains(0.5)) :] != gains(1.0)
