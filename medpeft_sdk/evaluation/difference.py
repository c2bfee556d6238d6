"""Paired differences: does one method beat another on the same samples?"""

from __future__ import annotations

from collections.abc import Sequence

from medpeft_sdk.evaluation.bootstrap import RESAMPLES
from medpeft_sdk.evaluation.estimate import (
    as_estimate,
    check_aligned,
    draw_runs,
    point,
    replicates,
)
from medpeft_sdk.evaluation.metric import Metric
from medpeft_sdk.evaluation.predictions import Predictions
from medpeft_sdk.specs import Estimate


def paired_difference(
    a: Predictions,
    b: Predictions,
    metric: Metric,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Estimates ``metric(a) - metric(b)``; both see the same resamples.

    Raises:
        DataError: The two are not about the same samples in the same order.
    """
    return pooled_difference([(a, b)], metric, resamples=resamples, seed=seed)


def pooled_difference(
    pairs: Sequence[tuple[Predictions, Predictions]],
    metric: Metric,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Estimates the mean of ``metric(a) - metric(b)`` over pairs, such as seeds.

    The interval comes from the hierarchical bootstrap of `pooled_estimate`: each resample draws
    pairs, and test samples that all pairs and both sides share. An interval that excludes zero
    says that the difference is larger than the choice of test samples and of seeds explains.

    Args:
        pairs: Predictions of two methods, trained alike; all on the same test samples.
        metric: The metric.
        resamples: Bootstrap resamples.
        seed: Equal seeds give equal intervals.

    Raises:
        DataError: There is no pair, or not all are about the same samples.
    """
    runs = [a for a, _ in pairs] + [b for _, b in pairs]
    check_aligned(runs)
    drawn = replicates(runs, {"metric": metric}, resamples=resamples, seed=seed)["metric"]
    differences = drawn[:, : len(pairs)] - drawn[:, len(pairs) :]
    draws = draw_runs(len(pairs), resamples=resamples, seed=seed)
    values = [point(metric, a) - point(metric, b) for a, b in pairs]
    return as_estimate(values, (draws * differences).sum(axis=1), n=len(runs[0]))
