"""Does one method beat another? Answered from the stored predictions, setting by setting."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from medpeft_sdk.analysis.believed import read_predictions
from medpeft_sdk.analysis.pooled import Pooled, Sample, pool
from medpeft_sdk.errors import DataError, unknown_name
from medpeft_sdk.evaluation import RESAMPLES, Metric, Predictions
from medpeft_sdk.evaluation.estimate import check_aligned, point, replicates
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import ResultSpec, rules_text


@dataclass(frozen=True)
class Comparison:
    """Two methods in one setting.

    Attributes:
        a: Name of the first method.
        b: Name of the second.
        dataset: Name of the dataset.
        backbone: Name of the backbone.
        fraction: The subset as text, such as ``16shot``.
        synthetic: Whether the images are generated.
        rules: By which hyperparameters were chosen, as `rules_text` names them.
        seeds: The seeds that have an answer by both.
        mean: Mean over seeds of the metric of ``a`` minus that of ``b``. Its error covers seeds
            from two on, and patients.
    """

    a: str
    b: str
    dataset: str
    backbone: str
    fraction: str
    synthetic: bool
    rules: str
    seeds: tuple[int, ...]
    mean: Pooled


def compare(
    store: ResultStore,
    a: str,
    b: str,
    metric: Metric,
    *,
    results: Iterable[ResultSpec] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Comparison, ...]:
    """Compares two methods wherever both were run alike: same data, backbone, recipe and seeds.

    Results under different rulesets, or of searches of different size, are never compared. The
    learning rate may differ, because every method has its own.

    Args:
        store: Where the predictions are.
        a: Name of a method.
        b: Name of another.
        metric: The metric.
        results: Results of the store to look at; all if ``None``.
        resamples: Bootstrap resamples.
        seed: Equal seeds give equal intervals.

    Returns:
        A comparison for each setting in which both have an answer for at least one common seed.

    Raises:
        UnknownNameError: A method has no answer at all.
        DataError: A method was run with several hyperparameters in one setting, or predictions
            are not about the same samples.
        StoreError: As `read_predictions` raises it.
    """
    answers = [r for r in (store.results() if results is None else results) if r.status == "ok"]
    methods = {r.cell.method for r in answers}
    for name in (a, b):
        if name not in methods:
            raise unknown_name(
                "method with results",
                name,
                methods,
                where=str(store.folder),
                lister=f"medpeft results show {store.folder}",
            )
    settings: dict[str, dict[str, dict[int, ResultSpec]]] = {}
    for result in answers:
        if result.cell.method in (a, b):
            runs = settings.setdefault(_setting(result), {}).setdefault(result.cell.method, {})
            if result.cell.seed in runs:
                raise _ambiguous(result, store)
            runs[result.cell.seed] = result
    comparisons: list[Comparison] = []
    for _, runs in sorted(settings.items()):
        seeds = tuple(sorted(runs.get(a, {}).keys() & runs.get(b, {}).keys()))
        if not seeds:
            continue
        pairs = [
            (
                read_predictions(store, runs[a][seed], metric),
                read_predictions(store, runs[b][seed], metric),
            )
            for seed in seeds
        ]
        cell = runs[a][seeds[0]].cell
        comparisons.append(
            Comparison(
                a=a,
                b=b,
                dataset=cell.dataset.name,
                backbone=cell.backbone.name,
                fraction=str(cell.subset),
                synthetic=runs[a][seeds[0]].synthetic,
                rules=rules_text(cell.tuning),
                seeds=seeds,
                mean=_difference(pairs, metric, resamples=resamples, seed=seed),
            )
        )
    return tuple(comparisons)


def _difference(
    pairs: Sequence[tuple[Predictions, Predictions]], metric: Metric, *, resamples: int, seed: int
) -> Pooled:
    """Averages the differences of runs that share their test samples, as `difference` does."""
    runs = [a for a, _ in pairs] + [b for _, b in pairs]
    check_aligned(runs)
    values = np.array([point(metric, run) for run in runs])
    drawn = replicates(runs, {"metric": metric}, resamples=resamples, seed=seed)["metric"].T
    count = len(pairs)
    differences = values[:count] - values[count:]
    shared = drawn[:count] - drawn[count:]
    return pool([Sample(float(differences.mean()), differences, shared, runs[0].units)])


def _setting(result: ResultSpec) -> str:
    """Names what two methods must share to be compared; in an order that a reader expects."""
    cell = result.cell.model_dump(mode="json")
    del cell["method"], cell["hyperparameters"], cell["seed"], cell["recipe"]["learning_rate"]
    return json.dumps(cell)


def _ambiguous(result: ResultSpec, store: ResultStore) -> DataError:
    return DataError(
        f"'{result.cell.method}' has several results for seed {result.cell.seed} of one setting",
        where=f"{store.folder}: {result.cell.dataset.name}, {result.cell.subset}, "
        f"{result.cell.backbone.name}",
        expected="one choice of hyperparameters and learning rate a method",
        mend="keep runs with other hyperparameters in another folder",
    )
