"""The same table on bootstrap resamples of the test samples, from the stored predictions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from medpeft_sdk.analysis.believed import read_predictions
from medpeft_sdk.analysis.scores import Scores, number, place
from medpeft_sdk.evaluation import RESAMPLES, Metric
from medpeft_sdk.evaluation.estimate import check_aligned, replicates
from medpeft_sdk.results import ResultStore
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
        StoreError: As `read_predictions` raises it.
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
        runs = [read_predictions(store, result, metric) for result in found]
        check_aligned(runs)
        columns = replicates(runs, {scores.metric: metric}, resamples=resamples, seed=seed)
        for result, column in zip(found, columns[scores.metric].T, strict=True):
            method, _, condition, run = place(result)
            c, s = scores.conditions.index(condition), scores.seeds.index(run)
            drawn[scores.at(method), d, c, s] = column
        units[d] = runs[0].units
    return replace(scores, drawn=drawn, units=tuple(units))
