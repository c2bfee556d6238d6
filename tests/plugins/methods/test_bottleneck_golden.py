"""SSF, AdaptFormer and TSA against what their authors' code computes.

`golden/<case>.json` holds logits of the authors' own classes on the network and with the adapter
that `build` makes, whose every number is a sine of its place. They were made once, with timm 1.0.31
and torch 2.15 in float32; ours differed from them by at most 1.1e-6:

- ``ssf_vit``, ``ssf_convnext``: ``VisionTransformer`` of ``models/vision_transformer.py`` and
  ``ConvNeXt`` of ``models/convnext.py`` with ``tuning_mode='ssf'``; repository dongzelian/SSF,
  commit e94e0e7. Three slips of the latter were mended first: its downsampling layers got no
  pairs, its last norm was applied twice, and its norms of maps that are not contiguous divided by
  one channel too few. Its channels differ in number from the pixels of a side, for that is how the
  authors' code tells maps from sequences.
- ``adaptformer_vit``: ``VisionTransformer`` of ``models/vit_image.py``, the adapter in parallel and
  without a norm; repository ShoufaChen/AdaptFormer, commit 6967d67.
- ``tsa_resnet``: ``resnet_tsa`` of ``models/tsa.py`` around timm's network, with residual adapters
  in matrix form and the alignment in front of the classifier; repository VICO-UoE/URL,
  commit 0f6ef45.
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
NETWORKS: dict[str, dict[str, Any]] = {
    "vit_tiny_patch16_224": {
        "img_size": 32,
        "patch_size": 8,
        "embed_dim": 24,
        "depth": 2,
        "num_heads": 2,
    },
    "convnext_tiny": {
        "depths": (1, 1, 2, 1),
        "dims": (12, 16, 20, 24),
        "ls_init_value": 1.0,
        "head_norm_first": True,
    },
    "resnet18": {"layers": (1, 1, 1, 2), "channels": (8, 12, 16, 20)},
}
CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "adaptformer_vit": ("adaptformer", "vit_tiny_patch16_224", {"bottleneck": 6, "scale": 0.5}),
    "ssf_convnext": ("ssf", "convnext_tiny", {}),
    "ssf_vit": ("ssf", "vit_tiny_patch16_224", {}),
    "tsa_resnet": ("tsa", "resnet18", {"alignment": True}),
}


def sines(shape: torch.Size, place: int) -> Tensor:
    """Numbers in [-1, 1] that make matrices of full rank."""
    return torch.sin(torch.arange(shape.numel(), dtype=torch.float64) ** 1.5 + place).view(shape)


def fill(tensors: list[tuple[str, Tensor]], first: int) -> None:
    """Gives matrices a gain of about one, and vectors numbers near one or, if added, near zero."""
    for place, (name, tensor) in enumerate(tensors, first):
        if tensor.ndim > 1:
            tensor.copy_(1.4 * sines(tensor.shape, place) / tensor[0].numel() ** 0.5)
        else:
            near_one = name.endswith(("weight", "gamma", "var", "scale"))
            tensor.copy_(0.3 * sines(tensor.shape, place) + near_one)


@torch.no_grad()
def build(case: str, method: Callable[[str], Method]) -> tuple[Adapted, Tensor]:
    """Returns an adapted network in evaluation mode, and images."""
    name, architecture, values = CASES[case]
    model = timm.create_model(architecture, num_classes=7, **NETWORKS[architecture])
    fill([(n, t) for n, t in model.state_dict().items() if t.is_floating_point()], 0)
    pretrained = {n for n, _ in model.named_parameters()}
    adapted = adapt(model, method(name), values)
    fill(sorted((n, p) for n, p in adapted.model.named_parameters() if n not in pretrained), 200)
    adapted.model.eval()
    return adapted, sines(torch.Size((4, 3, 32, 32)), 400).float()


@pytest.mark.parametrize("case", list(CASES))
def test_it_computes_what_its_authors_code_does(case: str, method: Callable[[str], Method]) -> None:
    adapted, images = build(case, method)
    expected = torch.tensor(json.loads((GOLDEN / f"{case}.json").read_text())["logits"])
    with torch.no_grad():
        torch.testing.assert_close(adapted.model(images), expected, atol=1e-5, rtol=1e-5)
