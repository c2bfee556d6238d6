"""Methods against what their authors' code computes.

`golden/<method>.json` holds answers of the authors' own classes on the network and with the
adapter that is built here, whose every number is a sine of its place. They were made once, with
timm 1.0.31, diffusers 0.42.1 and torch 2.15 in float32, after the width, depth and grid that their
code writes down as numbers were set to those of the small network. The largest difference is in
brackets.

- ``convpass``: ``set_Convpass`` of ``convpass/vtab/convpass.py``; JieShibo/PETL-ViT, 026e4f1
  (4e-7).
- ``difffit``: one block, ``BasicTransformerBlock`` of ``diffusers_models/attention.py`` with
  ``DiffFitAttnProcessor`` of ``attention_processor.py``; mkshing/DiffFit-pytorch, 78dc2d1 (3e-6).
- ``fact_tt``, ``fact_tk``: ``set_FacT`` of ``FacT/fact_tt.py`` and ``FacT/fact_tk.py``;
  JieShibo/PETL-ViT, 026e4f1 (3e-7).
- ``repadapter``: ``set_RepAdapter`` of ``repadapter.py`` in the form ``repblock``;
  luogen1996/RepAdapter, 360992f (5e-7).
- ``svdiff``: ``SVDConv2d``, ``SVDLinear`` and ``SVDLayerNorm`` of ``svdiff_pytorch/layers.py`` in
  place of the layers; mkshing/svdiff-pytorch, a78f69e (2e-6).
- ``vpt_shallow``, ``vpt_deep``: ``PromptedTransformer`` of ``src/models/vit_prompt/vit.py``;
  KMnP/vpt, 4410440 (5e-7).
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn

from medpeft_sdk.adaptation import Adapted, Method, adapt
from medpeft_sdk.testing import NETWORKS

Load = Callable[[str], Method]

GOLDEN = Path(__file__).parent / "golden"
SETTINGS: dict[str, dict[str, Any]] = {
    "convpass": {"bottleneck": 6, "scale": 0.5},
    "fact_tk": {"rank": 4, "scale": 10.0},
    "fact_tt": {"rank": 4, "scale": 100.0},
    "repadapter": {"bottleneck": 6, "scale": 0.5},
    "svdiff": {"scale": 0.5},
    "vpt_deep": {"tokens": 3},
    "vpt_shallow": {"tokens": 3},
}


def sines(shape: torch.Size, place: int, chirp: float = 0.0) -> Tensor:
    steps = torch.arange(shape.numel(), dtype=torch.float64)
    return torch.sin(0.7 * steps + chirp * steps**2 + place).view(shape)


def fill_added(adapted: Adapted, offset: float = 0.0) -> None:
    parameters = dict(adapted.model.named_parameters())
    for place, name in enumerate(sorted(adapted.added_names())):
        parameters[name].copy_(offset + 0.3 * sines(parameters[name].shape, 100 + place))


def expected(name: str) -> Tensor:
    return torch.tensor(json.loads((GOLDEN / f"{name}.json").read_text())["logits"])


@torch.no_grad()
def build(method: Method) -> tuple[nn.Module, Tensor]:
    """Returns an adapted transformer in evaluation mode, and images."""
    model = timm.create_model(
        "vit_tiny_patch16_224",
        num_classes=7,
        img_size=32,
        patch_size=8,
        embed_dim=24,
        depth=2,
        num_heads=2,
    )
    # A matrix of plain sines has rank two: its singular vectors would not be determined.
    chirp = 0.013 if method.spec.name == "svdiff" else 0.0
    for place, (name, parameter) in enumerate(model.named_parameters()):
        parameter.copy_(0.3 * sines(parameter.shape, place, chirp) + ("norm" in name))
    adapted = adapt(model, method, SETTINGS[method.spec.name])
    fill_added(adapted)
    return adapted.model.eval(), sines(torch.Size((4, 3, 32, 32)), 200).float()


@pytest.mark.parametrize("name", list(SETTINGS))
@torch.no_grad()
def test_it_computes_what_its_authors_code_does(name: str, method: Load) -> None:
    model, images = build(method(name))
    torch.testing.assert_close(model(images), expected(name), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_difffit_computes_what_its_authors_code_does(method: Load) -> None:
    pytest.importorskip("diffusers")
    model = NETWORKS["unet"].build()
    for place, (name, parameter) in enumerate(model.named_parameters()):
        norm = parameter.ndim == 1 and "norm" in name
        parameter.copy_(0.3 * sines(parameter.shape, place) + norm)
    adapted = adapt(model, method("difffit"), {})
    fill_added(adapted, offset=1.0)
    block = model.get_submodule("down_blocks.0.attentions.0.transformer_blocks.0").eval()
    tokens, text = (
        sines(torch.Size(shape), place).float()
        for shape, place in (((2, 4, 16), 200), ((2, 5, 16), 300))
    )
    answers = block(tokens, encoder_hidden_states=text).flatten(1)
    torch.testing.assert_close(answers, expected("difffit"), atol=1e-5, rtol=1e-5)
