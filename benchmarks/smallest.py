"""The smallest network of a family of timm's, found without building the large ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import timm
import torch
from torch import nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from medpeft_sdk.anatomy import find_head

CLASSES = 7
"""Outputs of every network's classifier."""


class _LargerError(Exception):
    """A network under construction has outgrown the smallest one known."""


@dataclass(frozen=True)
class Network:
    """A network of timm's.

    Attributes:
        module: The module that defines it, a family of networks.
        name: Its name.
        parameters: Their number, the classifier's included.
    """

    module: str
    name: str
    parameters: int


def smallest(module: str) -> Network:
    """Returns the classifier with the fewest parameters.

    Every variant is built without weights, and given up as soon as it has more parameters than the
    smallest before it. Variants without a classifier count where the module has no others.

    Args:
        module: One of timm's modules; its networks for tests are passed over.
    """
    names = [n for n in timm.list_models(module=module) if not n.startswith("test_")]
    found: dict[bool, Network] = {}
    # Small networks tend to have short names, and cheap ones first let the others be given up.
    for name in sorted(names, key=len):
        limit = found[True].parameters if True in found else math.inf
        model = _build(name, limit)
        if model is None:
            continue
        size, classifies = sum(p.numel() for p in model.parameters()), bool(find_head(model))
        if classifies not in found or size < found[classifies].parameters:
            found[classifies] = Network(module, name, size)
    return found.get(True) or found[False]


def _build(name: str, limit: float) -> nn.Module | None:
    """Builds a network without weights; ``None`` for one with more parameters than a limit."""
    total = 0

    def count(owner: nn.Module, key: str, parameter: nn.Parameter | None) -> None:
        nonlocal total
        total += parameter.numel() if parameter is not None else 0
        if total > limit:
            raise _LargerError

    hook = register_module_parameter_registration_hook(count)
    try:
        with torch.device("meta"):
            return timm.create_model(name, num_classes=CLASSES)
    except _LargerError:
        return None
    finally:
        hook.remove()
