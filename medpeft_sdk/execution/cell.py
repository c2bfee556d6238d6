"""One cell from its plan to its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from medpeft_sdk.adaptation import Method
from medpeft_sdk.evaluation import Metric, estimate, estimate_subgroups
from medpeft_sdk.execution.attempt import Failure, attempt
from medpeft_sdk.execution.candidate import Candidate, OnStep
from medpeft_sdk.execution.job import RunSettings
from medpeft_sdk.execution.measure import (
    measure_inference,
    measure_merged,
    measure_training_step,
)
from medpeft_sdk.execution.outcome import describe_environment, make_result
from medpeft_sdk.execution.workbench import Workbench
from medpeft_sdk.planning import IDENTITY_VERSION, PlannedCell
from medpeft_sdk.registry import Registry
from medpeft_sdk.results import ResultStore
from medpeft_sdk.results.store import Content
from medpeft_sdk.specs import Costs, Origin, ResultSpec, Training
from medpeft_sdk.training import EVALUATION_BATCH, Precision, choose_precision, predict

Fields = dict[str, Any]
Files = Mapping[str, Content]
Answer = tuple[Fields, Files]
"""What a result says of a cell that came to its end, and the files beside the result."""


def run_cell(
    planned: PlannedCell,
    workbench: Workbench,
    settings: RunSettings,
    registry: Registry,
    *,
    device: torch.device,
    on_step: OnStep,
) -> ResultSpec:
    """Runs a cell and writes its result; whatever its method does wrong becomes a row.

    Raises:
        MedpeftError: Something that no other method would survive: data, weights or the store.
    """
    cell = planned.cell
    precision = choose_precision(cell.recipe.precision, device)
    origins = list(workbench.origins)

    def answer() -> Answer:
        method_entry = registry.methods.get(cell.method)
        origins.append(method_entry.origin)
        metrics = load_metrics(settings.metrics, registry)
        origins.extend(registry.metrics.get(name).origin for name in metrics)
        method: Method = method_entry.load()(method_entry.spec)
        selection = metrics[cell.selection_metric]
        candidate = Candidate(
            cell, workbench, method, selection, precision=precision, on_step=on_step
        )
        candidate.finish()
        return test(candidate, metrics)

    return record(
        attempt(answer), planned, workbench, settings, origins, precision=precision, device=device
    )


def load_metrics(names: Sequence[str], registry: Registry) -> dict[str, Metric]:
    """Makes metrics by their names."""
    entries = [registry.metrics.get(name) for name in names]
    return {entry.spec.name: entry.load()(entry.spec) for entry in entries}


def record(
    found: Answer | Failure,
    planned: PlannedCell,
    workbench: Workbench,
    settings: RunSettings,
    origins: list[Origin],
    *,
    precision: Precision,
    device: torch.device,
) -> ResultSpec:
    """Writes the row of a cell, whatever came of it; raises `StoreError`."""
    fields: Fields
    files: Files
    if isinstance(found, Failure):
        fields = {"status": found.status, "reason": found.reason}
        files = {"traceback.txt": found.traceback.encode()} if found.traceback else {}
    else:
        fields, files = found
    result = make_result(
        planned,
        settings,
        synthetic=workbench.bundle.dataset.synthetic,
        splits=workbench.splits_fingerprint,
        origins=origins,
        environment=describe_environment(
            device=device_name(device), precision=precision.name, threads=settings.threads
        ),
        **fields,
    )
    return ResultStore(Path(settings.output), IDENTITY_VERSION).write(result, files)


def test(candidate: Candidate, metrics: Mapping[str, Metric]) -> Answer:
    """Reads the test split, once, of a candidate whose training has ended.

    Returns:
        What a result says of it, and the files beside the result.
    """
    trained, meter, recipe = candidate.trained, candidate.meter, candidate.cell.recipe
    assert trained is not None, "every choice is made before the test split is read"
    assert recipe.learning_rate is not None, "a planned cell's recipe has a learning rate"
    workbench, precision, adapted = candidate.workbench, candidate.precision, candidate.adapted

    with meter.phase("test"):
        held_out = workbench.splits.hold_out()
        rows = held_out.read()
        images = workbench.images(rows, recipe, precision.device)
        probabilities, _ = predict(adapted.model, images, precision)
        predictions = workbench.predictions(rows, probabilities)
        metric_estimates = estimate(predictions, metrics)
        subgroups = estimate_subgroups(
            predictions, {n: m for n, m in metrics.items() if m.spec.subgroups}
        )

    fields: Fields = {
        "status": "ok",
        "metrics": metric_estimates,
        "subgroups": subgroups,
        "parameters": adapted.parameter_report(),
        "costs": _costs(candidate),
        "training": Training(
            learning_rate=recipe.learning_rate,
            best_step=trained.best_step,
            samples=len(candidate.train),
            validation_samples=len(candidate.validation),
            looks=trained.looks,
            test_reads=held_out.reads,
        ),
    }
    return fields, {
        "predictions.parquet": predictions.to_parquet,
        "adapter.safetensors": adapted.save_state,
    }


def _costs(candidate: Candidate) -> Costs:
    """Puts together what a cell cost, and measures what a step and an inference do."""
    trained, meter = candidate.trained, candidate.meter
    assert trained is not None, "the training has ended"
    adapted, train, precision = candidate.adapted, candidate.train, candidate.precision
    peak_memory_bytes = meter.peak_memory_bytes()
    images = train.batch(torch.arange(EVALUATION_BATCH) % len(train))[0]
    cell, workbench = candidate.cell, candidate.workbench
    made = cell.method, str(cell.hyperparameters), cell.recipe.image_size, precision.name
    once = workbench.flops.of(adapted.model, *made)
    return Costs(
        setup_seconds=meter.seconds("load", "adapt"),
        training_seconds=meter.seconds("train", "validate"),
        evaluation_seconds=meter.seconds("test"),
        images_per_second=trained.images_per_second,
        peak_memory_bytes=peak_memory_bytes,
        steps=trained.steps,
        micro_batch_size=trained.micro_batch_size,
        phases=meter.phases(),
        training_step=measure_training_step(
            adapted,
            images,
            precision,
            batch=min(cell.recipe.batch_size, len(train)),
            micro_batch=trained.micro_batch_size,
            once=once,
        ),
        inference=measure_inference(adapted.model, images, precision, once),
        merged=measure_merged(adapted, images, precision, once),
        energy=candidate.board.energy,
    )


def device_name(device: torch.device) -> str:
    """Names a device as its maker does."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
