"""Paired differences: does one method beat another on the same samples?"""

from __future__ import annotations

from medpeft_sdk.evaluation.bootstrap import RESAMPLES
from medpeft_sdk.evaluation.estimate import (
    as_estimate,
    check_aligned,
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

    The interval is that of one run each: it does not cover the variation of training.

    Raises:
        DataError: The two are not about the same samples in the same order.
    """
    check_aligned([a, b])
    drawn = replicates([a, b], {"metric": metric}, resamples=resamples, seed=seed)["metric"]
    value = point(metric, a) - point(metric, b)
    return as_estimate(value, drawn[:, 0] - drawn[:, 1], n=len(a))
