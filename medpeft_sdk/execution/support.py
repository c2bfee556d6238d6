"""Which planned cells a method would refuse, found out on networks without weights."""

from __future__ import annotations

import copy

import torch
from torch import nn

from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.anatomy import BackboneBuilder
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.planning import Bundle, Plan
from medpeft_sdk.registry import Registry
from medpeft_sdk.specs import CellSpec


def refusals(plan: Plan, registry: Registry) -> dict[str, str]:
    """Adapts each planned network without weights, which takes no memory and little time.

    Returns:
        The reason for each cell that would come out as unsupported, by the cell's id.
    """
    found: dict[str, str] = {}
    for bundle in plan.bundles:
        check = _Check(bundle, registry)
        for planned in bundle.cells:
            reason = planned.unsupported or check.refusal(planned.cell)
            if reason is not None:
                found[planned.id] = reason
    return found


class _Check:
    """Adapts one backbone, once for each method and image size."""

    def __init__(self, bundle: Bundle, registry: Registry) -> None:
        self._registry = registry
        entry = registry.backbones.get(bundle.backbone.name)
        self._builder: BackboneBuilder = entry.load()(bundle.backbone)
        self._networks: dict[int, nn.Module | str] = {}
        self._reasons: dict[tuple[str, int], str | None] = {}

    def refusal(self, cell: CellSpec) -> str | None:
        """Returns why a cell cannot run, or ``None``."""
        assert cell.recipe.image_size is not None, "a planned cell's recipe has an image size"
        key = (cell.method, cell.recipe.image_size)
        if key not in self._reasons:
            self._reasons[key] = self._adapt(cell, cell.recipe.image_size)
        return self._reasons[key]

    def _adapt(self, cell: CellSpec, image_size: int) -> str | None:
        if image_size not in self._networks:
            self._networks[image_size] = self._build(image_size)
        network = self._networks[image_size]
        if isinstance(network, str):
            return network
        entry = self._registry.methods.get(cell.method)
        method: Method = entry.load()(entry.spec)
        try:
            with torch.device("meta"):
                adapt(copy.deepcopy(network), method, cell.hyperparameters)
        except UnsupportedError as error:
            return error.what
        return None

    def _build(self, image_size: int) -> nn.Module | str:
        try:
            with torch.device("meta"):
                return self._builder.build(num_classes=2, image_size=image_size, pretrained=False)
        except UnsupportedError as error:
            return error.what
