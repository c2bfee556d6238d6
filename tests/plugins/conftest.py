from collections.abc import Callable
from typing import Any

import pytest
import timm
import torch
from torch import nn

from medpeft_sdk.adaptation import Method
from medpeft_sdk.registry import load_registry

IMAGE_SIZE = 32
TINY: dict[str, dict[str, Any]] = {
    "resnet18": {"layers": (1, 1, 1, 1), "channels": (8, 16, 24, 32)},
    "mobilenetv3_small_050": {},
    "tf_efficientnet_lite0": {},
    "convnext_atto": {"depths": (1, 1, 1, 1), "dims": (8, 16, 24, 32), "ls_init_value": 1.0},
    "vit_tiny_patch16_224": {
        "img_size": IMAGE_SIZE,
        "patch_size": 8,
        "embed_dim": 24,
        "depth": 2,
        "num_heads": 2,
    },
    "swin_tiny_patch4_window7_224": {
        "img_size": IMAGE_SIZE,
        "embed_dim": 16,
        "depths": (2, 2),
        "num_heads": (2, 4),
        "window_size": 4,
    },
}


@pytest.fixture(params=list(TINY))
def network(request: pytest.FixtureRequest) -> nn.Module:
    """A small network of random weights, its batch-norm statistics away from their defaults."""
    torch.manual_seed(0)
    model = timm.create_model(request.param, num_classes=3, **TINY[request.param])
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.8, 1.2)
    return model


@pytest.fixture
def images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(4, 3, IMAGE_SIZE, IMAGE_SIZE, generator=generator)


@pytest.fixture(scope="session")
def method() -> Callable[[str], Method]:
    def load(name: str) -> Method:
        entry = load_registry().methods.get(name)
        loaded: Method = entry.load()(entry.spec)
        return loaded

    return load
