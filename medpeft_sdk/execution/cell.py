"""One cell from its plan to its result."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch

from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.data import ImageSource, select_subset
from medpeft_sdk.errors import DivergedError, MedpeftError, PluginError, UnsupportedError
from medpeft_sdk.evaluation import Metric, Predictions, estimate, estimate_subgroups
from medpeft_sdk.execution.costs import Meter
from medpeft_sdk.execution.energy import EnergyMeter
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
from medpeft_sdk.specs import CellSpec, Costs, ResultSpec, Training
from medpeft_sdk.training import EVALUATION_BATCH, choose_precision, predict, train_classifier
from medpeft_sdk.training.precision import Precision

OnStep = Callable[[int, int], None]
Fields = dict[str, Any]
Files = Mapping[str, Content]


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
    fields: Fields
    files: Files = {}
    try:
        method_entry = registry.methods.get(cell.method)
        origins.append(method_entry.origin)
        metrics: dict[str, Metric] = {}
        for name in settings.metrics:
            entry = registry.metrics.get(name)
            origins.append(entry.origin)
            metrics[name] = entry.load()(entry.spec)
        method: Method = method_entry.load()(method_entry.spec)
        fields, files = _answer(cell, workbench, method, metrics, precision, on_step)
    except UnsupportedError as error:
        fields = {"status": "unsupported", "reason": error.what}
    except DivergedError as error:
        fields = {"status": "diverged", "reason": error.what}
    except PluginError as error:
        fields = {"status": "failed", "reason": error.what}
    except MedpeftError:
        raise
    # A plugin may raise anything at all; the run goes on and the row says what happened.
    except (Exception, SystemExit) as error:
        fields = {"status": "failed", "reason": f"{type(error).__name__}: {error}".splitlines()[0]}
        files = {"traceback.txt": traceback.format_exc().encode()}
    result = make_result(
        planned,
        settings,
        synthetic=workbench.bundle.dataset.synthetic,
        splits=workbench.splits_fingerprint,
        origins=origins,
        environment=describe_environment(
            device=_device_name(device), precision=precision.name, threads=settings.threads
        ),
        **fields,
    )
    return ResultStore(Path(settings.output), IDENTITY_VERSION).write(result, files)


def _answer(
    cell: CellSpec,
    workbench: Workbench,
    method: Method,
    metrics: Mapping[str, Metric],
    precision: Precision,
    on_step: OnStep,
) -> tuple[Fields, Files]:
    """Trains, chooses on validation, and only then reads the test split, once."""
    recipe, device, table, splits = cell.recipe, precision.device, workbench.table, workbench.splits
    assert recipe.learning_rate is not None, "a planned cell's recipe has a learning rate"
    meter, board = Meter(device), EnergyMeter(device)

    with meter.phase("data"):
        pixels = workbench.pixels(recipe)

    with meter.phase("load"):
        if method.spec.pretrained:
            workbench.load(recipe)
        meter.begin_memory()
        network = workbench.network(recipe, pretrained=method.spec.pretrained, seed=cell.seed)

    with meter.phase("adapt"):
        adapted = adapt(network, method, cell.hyperparameters, seed=cell.seed)
        channels_last = workbench.bundle.backbone.family == "cnn"
        adapted.model.to(device)
        if channels_last:
            adapted.model.to(memory_format=torch.channels_last)

    with meter.phase("data"):

        def source(rows: Any) -> ImageSource:
            return ImageSource(
                pixels,
                table.labels,
                rows,
                mean=workbench.bundle.backbone.mean,
                std=workbench.bundle.backbone.std,
                device=device,
                channels_last=channels_last,
            )

        train = source(select_subset(table, splits.train, cell.subset, cell.seed))
        validation = source(splits.val)
        metrics[cell.selection_metric].check_applies(validation.labels)

    with meter.phase("train"), board.measuring():
        trained = train_classifier(
            adapted,
            train,
            validation,
            recipe=recipe,
            precision=precision,
            seed=cell.seed,
            score=_selection_score(metrics[cell.selection_metric]),
            on_step=on_step,
            validating=partial(meter.phase, "validate"),
        )
    adapted.check_frozen()

    with meter.phase("test"):
        held_out = splits.hold_out()
        rows = held_out.read()
        probabilities, _ = predict(adapted.model, source(rows), precision)
        predictions = Predictions(
            ids=tuple(table.ids[i] for i in rows),
            groups=tuple(table.groups[i] for i in rows) if table.groups else None,
            labels=table.labels[rows],
            probabilities=probabilities.numpy(),
            classes=table.classes,
            attributes={k: tuple(v[i] for i in rows) for k, v in table.attributes.items()},
        )
        metric_estimates = estimate(predictions, metrics)
        subgroups = estimate_subgroups(
            predictions, {n: m for n, m in metrics.items() if m.spec.subgroups}
        )

    peak_memory_bytes = meter.peak_memory_bytes()
    images = train.batch(torch.arange(EVALUATION_BATCH) % len(train))[0]
    fields: Fields = {
        "status": "ok",
        "metrics": metric_estimates,
        "subgroups": subgroups,
        "parameters": adapted.parameter_report(),
        "costs": Costs(
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
                batch=min(recipe.batch_size, len(train)),
                micro_batch=trained.micro_batch_size,
            ),
            inference=measure_inference(adapted.model, images, precision),
            merged=measure_merged(adapted, images, precision),
            energy=board.energy,
        ),
        "training": Training(
            learning_rate=recipe.learning_rate,
            best_step=trained.best_step,
            samples=len(train),
            validation_samples=len(validation),
            looks=trained.looks,
            test_reads=held_out.reads,
        ),
    }
    return fields, {
        "predictions.parquet": predictions.to_parquet,
        "adapter.safetensors": adapted.save_state,
    }


def _selection_score(metric: Metric) -> Callable[[torch.Tensor, torch.Tensor], float]:
    sign = 1.0 if metric.spec.higher_is_better else -1.0

    def score(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        try:
            return sign * metric.compute(probabilities, labels)
        except Exception as error:
            raise PluginError(
                f"the metric '{metric.spec.name}', by which validation chooses, failed: "
                f"{type(error).__name__}: {error}"
            ) from error

    return score


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
