"""Four methods against what their authors' code computes.

`golden/<method>.json` holds logits of the authors' own classes on the network and with the adapter
that `build` makes, whose every number is a sine of its place. They were made once, with timm 1.0.31
and torch 2.15 in float32, after the width, depth and grid that their code writes down as numbers
were set to those of the small network:

- ``fact_tt``, ``fact_tk``: ``set_FacT`` of ``FacT/fact_tt.py`` and ``FacT/fact_tk.py``, and
  ``convpass``: ``set_Convpass`` of ``convpass/vtab/convpass.py``; repository JieShibo/PETL-ViT,
  commit 026e4f1.
- ``repadapter``: ``set_RepAdapter`` of ``repadapter.py`` in the form ``repblock``, repository
  luogen1996/RepAdapter, commit 360992f.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from torch import Tensor

from medpeft_sdk.adaptation import Adapted, Method, adapt

GOLDEN = Path(__file__).parent / "golden"
SETTINGS: dict[str, dict[str, Any]] = {
    "convpass": {"bottleneck": 6, "scale": 0.5},
    "fact_tk": {"rank": 4, "scale": 10.0},
    "fact_tt": {"rank": 4, "scale": 100.0},
    "repadapter": {"bottleneck": 6, "scale": 0.5},
}


def sines(shape: torch.Size, place: int) -> Tensor:
    return torch.sin(0.7 * torch.arange(shape.numel(), dtype=torch.float64) + place).view(shape)


@torch.no_grad()
def build(method: Method) -> tuple[Adapted, Tensor]:
    """Returns an adapted network in evaluation mode, and images."""
    model = timm.create_model(
        "vit_tiny_patch16_224",
        num_classes=7,
        img_size=32,
        patch_size=8,
        embed_dim=24,
        depth=2,
        num_heads=2,
    )
    for place, (name, parameter) in enumerate(model.named_parameters()):
        parameter.copy_(0.3 * sines(parameter.shape, place) + ("norm" in name))
    pretrained = {name for name, _ in model.named_parameters()}
    adapted = adapt(model, method, SETTINGS[method.spec.name])
    added = [(n, p) for n, p in adapted.model.named_parameters() if n not in pretrained]
    for place, (_, parameter) in enumerate(sorted(added)):
        parameter.copy_(0.3 * sines(parameter.shape, 100 + place))
    adapted.model.eval()
    return adapted, sines(torch.Size((4, 3, 32, 32)), 200).float()


@pytest.mark.parametrize("name", list(SETTINGS))
def test_it_computes_what_its_authors_code_does(name: str, method: Callable[[str], Method]) -> None:
    adapted, images = build(method(name))
    expected = torch.tensor(json.loads((GOLDEN / f"{name}.json").read_text())["logits"])
    with torch.no_grad():
        torch.testing.assert_close(adapted.model(images), expected, atol=1e-5, rtol=1e-5)
