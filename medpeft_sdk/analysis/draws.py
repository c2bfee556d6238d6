"""The same table on bootstrap resamples of the test samples, from the stored predictions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from medpeft_sdk.analysis.scores import Scores, number, place
from medpeft_sdk.evaluation import RESAMPLES, Metric, Predictions
from medpeft_sdk.evaluation.estimate import check_aligned, point, replicates
from medpeft_sdk.results import ResultStore
from medpeft_sdk.results.damage import damaged
from medpeft_sdk.specs import ResultSpec


def with_draws(
    scores: Scores,
    store: ResultStore,
    results: Iterable[ResultSpec],
    metric: Metric,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Scores:
    """Adds to a table what it would be with other test samples.

    Resamples draw whole patients, stratified by label, and are the same for all runs on a
    dataset: methods, backbones, subsets and seeds are compared on equal samples.

    Args:
        scores: What `collect` made of the results.
        store: Where the predictions are.
        results: The results that the table was made of.
        metric: The metric of the table.
        resamples: Bootstrap resamples.
        seed: Equal seeds give equal resamples.

    Raises:
        DataError: Predictions on one dataset are not about the same samples.
        StoreError: Predictions are missing or altered, or a score does not follow from them.
    """
    drawn = np.full((*scores.values.shape, resamples), np.nan)
    units = [0] * len(scores.datasets)
    answers = sorted(
        (r for r in results if number(r, scores.metric) is not None), key=lambda r: r.cell_id
    )
    for d, dataset in enumerate(scores.datasets):
        found = [r for r in answers if r.cell.dataset.name == dataset]
        if not found:
            continue
        runs = [
            Predictions.from_parquet(store.file(r.cell_id, "predictions.parquet")) for r in found
        ]
        check_aligned(runs)
        for result, run in zip(found, runs, strict=True):
            _check_score(result, metric, run, store)
        columns = replicates(runs, {scores.metric: metric}, resamples=resamples, seed=seed)
        for result, column in zip(found, columns[scores.metric].T, strict=True):
            method, _, condition, run = place(result)
            c, s = scores.conditions.index(condition), scores.seeds.index(run)
            drawn[scores.at(method), d, c, s] = column
        units[d] = runs[0].units
    return replace(scores, drawn=drawn, units=tuple(units))


def _check_score(
    result: ResultSpec, metric: Metric, predictions: Predictions, store: ResultStore
) -> None:
    """Raises `DamagedError` where the score in a result is not that of the predictions beside it.

    The last digits may differ: other machines add in another order.
    """
    stored, computed = number(result, metric.spec.name), point(metric, predictions)
    if stored is None or not math.isclose(stored, computed, rel_tol=1e-4, abs_tol=1e-4):
        raise damaged(
            store.path(result.cell_id),
            f"{metric.spec.name} is {stored:.6g} in it, and {computed:.6g} by the predictions",
        )
