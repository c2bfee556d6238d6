"""Predictions of results that say of themselves what is true."""

from __future__ import annotations

import math

from medpeft_sdk.analysis.scores import number
from medpeft_sdk.evaluation import Metric, Predictions
from medpeft_sdk.evaluation.estimate import point
from medpeft_sdk.planning import cell_id
from medpeft_sdk.results import ResultStore
from medpeft_sdk.results.damage import damaged
from medpeft_sdk.specs import ResultSpec

_NEAR = 1e-4
"""Other machines add in another order."""


def read_predictions(store: ResultStore, result: ResultSpec, metric: Metric) -> Predictions:
    """Reads the predictions of a result, once it is sure that they are its own.

    Raises:
        DamagedError: They are missing or altered; the score in the result is not theirs; or the
            cell in it is not the one that it is filed under.
    """
    file = store.path(result.cell_id)
    if cell_id(result.cell) != result.cell_id:
        raise damaged(file, "the cell that it describes is not the one that it is filed under")
    predictions = Predictions.from_parquet(store.file(result.cell_id, "predictions.parquet"))
    name, stored = metric.spec.name, number(result, metric.spec.name)
    if stored is not None:
        computed = point(metric, predictions)
        if not math.isclose(stored, computed, rel_tol=_NEAR, abs_tol=_NEAR):
            why = f"{name} is {stored:.6g} in it, and {computed:.6g} by the predictions"
            raise damaged(file, why)
    return predictions
