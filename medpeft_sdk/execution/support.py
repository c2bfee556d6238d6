"""Which planned cells a method would refuse, found out on networks without weights."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import nn

from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.anatomy import BackboneBuilder
from medpeft_sdk.errors import SpecError, UnsupportedError
from medpeft_sdk.planning import Bundle, Plan
from medpeft_sdk.registry import Registry
from medpeft_sdk.specs import CellSpec


def with_refusals(plan: Plan, registry: Registry) -> Plan:
    """Adapts each planned network without weights, which takes no memory and little time.

    Returns:
        The plan, in which each cell that would come out as unsupported has its reason.
    """
    return replace(plan, bundles=tuple(_marked(bundle, registry) for bundle in plan.bundles))


def nothing_fits(plan: Plan, registry: Registry, reasons: Iterable[str | None]) -> SpecError:
    """Builds the error for a plan of which no cell can be trained.

    It blames the datasets where no planned method learns their tasks, and else the backbones.

    Args:
        plan: What was to run.
        registry: Knows the methods.
        reasons: Why cells cannot be trained.
    """
    methods = {planned.cell.method for planned in plan.cells}
    learned = {task for name in methods for task in registry.methods.get(name).spec.tasks}
    asked = {bundle.dataset.task for bundle in plan.bundles}
    if not asked & learned:
        datasets = dict.fromkeys(bundle.dataset.name for bundle in plan.bundles)
        return SpecError(
            f"nothing can be trained: no method learns {_in_words(asked)}",
            where=f"the dataset {', '.join(datasets)}",
            expected=f"a dataset for {_in_words(learned)}",
            mend="choose another, such as --dataset folder:PATH; medpeft datasets info NAME tells "
            "the task of one",
        )
    return SpecError(
        "nothing can be trained: no method fits its backbone",
        where="--method and --backbone",
        expected="; ".join(dict.fromkeys(filter(None, reasons))),
        mend=f"medpeft parameters --backbone {plan.bundles[0].backbone.name} lists the methods "
        "that fit",
    )


def _marked(bundle: Bundle, registry: Registry) -> Bundle:
    check = _Check(bundle, registry)
    cells = (replace(c, unsupported=c.unsupported or check.refusal(c.cell)) for c in bundle.cells)
    return replace(bundle, cells=tuple(cells))


def _in_words(tasks: Iterable[str]) -> str:
    return " or ".join(task.replace("_", " ") for task in sorted(tasks))


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
