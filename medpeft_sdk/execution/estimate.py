"""How long a plan will take, from a timed training step of each backbone and a timed test."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from medpeft_sdk.anatomy import BackboneBuilder
from medpeft_sdk.data import SampleTable, make_splits, select_subset
from medpeft_sdk.evaluation import estimate, estimate_subgroups
from medpeft_sdk.execution.cell import load_metrics
from medpeft_sdk.execution.dataset import open_dataset
from medpeft_sdk.execution.job import RunSettings
from medpeft_sdk.execution.predicted import predictions_of
from medpeft_sdk.planning import Bundle, Plan, PlannedSearch
from medpeft_sdk.registry import Registry
from medpeft_sdk.specs import Recipe
from medpeft_sdk.training import choose_device
from medpeft_sdk.training.schedule import training_steps

FORWARD_SHARE = 1 / 3
"""A backward pass costs about two forward ones, so a prediction is a third of a training step."""

_JUDGED = 500
"""Samples that metrics and their intervals are timed on, at most."""


def estimate_seconds(
    plan: Plan, settings: RunSettings, registry: Registry, workers: int, *, tested: bool = True
) -> float:
    """Estimates a plan's wall time on this machine, once its processes have started.

    Full fine-tuning is timed and taken for every method, so the estimate is rather too high.

    Args:
        plan: What is to run.
        settings: How it is to run.
        registry: Knows the plugins.
        workers: Processes.
        tested: Whether the metrics of every cell are computed in the end.
    """
    torch.set_num_threads(settings.threads)
    bundles = [*plan.searches(), *plan.bundles]
    seconds = (_bundle_seconds(b, settings, registry, tested=tested) for b in bundles if b.cells)
    return sum(seconds) / workers


def _bundle_seconds(
    bundle: Bundle, settings: RunSettings, registry: Registry, *, tested: bool
) -> float:
    builder: BackboneBuilder = registry.backbones.get(bundle.backbone.name).load()(bundle.backbone)
    table = open_dataset(bundle.dataset, registry, settings.roots).index()
    splits = make_splits(table, skipped=bundle.cells[0].cell.dataset.skipped)
    held_out = len(table) - len(splits.train) - len(splits.val)
    per_image: dict[tuple[int, int], float] = {}
    judging: float | None = None
    seconds = 0.0
    for planned in bundle.cells:
        recipe = planned.cell.recipe
        if planned.unsupported:
            continue
        train = select_subset(table, splits.train, planned.cell.subset, planned.cell.seed)
        assert recipe.image_size is not None, "a planned cell's recipe has an image size"
        batch_size = min(recipe.batch_size, len(train))
        key = (recipe.image_size, batch_size)
        if key not in per_image:
            per_image[key] = _seconds_per_image(
                builder, len(table.classes), recipe, batch_size, settings.device
            )
        trained = training_steps(len(train), recipe) * batch_size
        predicted = recipe.validations * len(splits.val)
        if isinstance(planned, PlannedSearch):
            trained, predicted = planned.trials * trained, planned.trials * predicted
        else:
            predicted += held_out
            if tested:
                judging = judging or _seconds_to_judge(table, splits.val, settings, registry)
                seconds += judging * held_out
        seconds += per_image[key] * (trained + FORWARD_SHARE * predicted)
    return seconds


def _seconds_to_judge(
    table: SampleTable, validation: npt.NDArray[np.int64], settings: RunSettings, registry: Registry
) -> float:
    """Times all metrics of some validation samples, with their intervals; returns it a sample."""
    metrics = load_metrics(settings.metrics, registry)
    rows = validation[:_JUDGED]
    guesses = np.random.default_rng(0).dirichlet(np.ones(len(table.classes)), len(rows))
    predictions = predictions_of(table, rows, guesses.astype(np.float32))
    started = time.perf_counter()
    estimate(predictions, metrics)
    estimate_subgroups(predictions, {n: m for n, m in metrics.items() if m.spec.subgroups})
    return (time.perf_counter() - started) / len(rows)


def _seconds_per_image(
    builder: BackboneBuilder, num_classes: int, recipe: Recipe, batch_size: int, device_name: str
) -> float:
    assert recipe.image_size is not None, "a planned cell's recipe has an image size"
    device = choose_device(device_name)
    network = builder.build(
        num_classes=num_classes, image_size=recipe.image_size, pretrained=False
    ).to(device)
    images = torch.rand(batch_size, 3, recipe.image_size, recipe.image_size, device=device)
    labels = torch.zeros(batch_size, dtype=torch.int64, device=device)
    times: list[float] = []
    for _ in range(3):
        started = time.perf_counter()
        loss = F.cross_entropy(network(images), labels)
        loss.backward()
        loss.item()
        times.append(time.perf_counter() - started)
    return min(times) / batch_size
