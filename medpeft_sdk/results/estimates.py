"""The metrics of results as columns of numbers, of which no two results share any.

Each number of each metric is a column of its own, so that one metric is read without the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from medpeft_sdk.results.construct import construct
from medpeft_sdk.specs import Estimate, ResultSpec

Numbers = Sequence[float | None]
"""A column; ``None`` is for what has no number."""

Reasons = Mapping[str, str | None]
"""Of each metric of a result, why it has no value."""

_PREFIX = "estimates/"
_NUMBERS = ("value", "low", "high", "n")
"""Fields of an estimate that are numbers; the one that is not says why there are none."""


def to_columns(results: Sequence[ResultSpec]) -> dict[str, Numbers]:
    """Returns the columns of the metrics of results."""
    metrics = dict.fromkeys(metric for result in results for metric in result.metrics)
    return {
        _column(metric, name): [getattr(r.metrics.get(metric), name, None) for r in results]
        for metric in metrics
        for name in _NUMBERS
    }


def wanted_columns(columns: Iterable[str], metrics: Collection[str] | None) -> list[str]:
    """Names those of a table's columns that hold the metrics that are wanted; all if ``None``."""
    if metrics is None:
        return [column for column in columns if column.startswith(_PREFIX)]
    wanted = {_column(metric, name) for metric in metrics for name in _NUMBERS}
    return [column for column in columns if column in wanted]


def to_metrics(
    reasons: Sequence[Reasons], columns: Mapping[str, Numbers], metrics: Collection[str] | None
) -> list[dict[str, Estimate]]:
    """Makes the metrics of results.

    Args:
        reasons: Those of each result, in the order of its metrics.
        columns: As `to_columns` returns them.
        metrics: Metrics that are wanted; all if ``None``.

    Raises:
        KeyError: A column is missing.
    """
    distinct = {id(row): row for row in reasons}.values()
    names = {name for row in distinct for name in row if metrics is None or name in metrics}
    kept = {id(row): [name for name in row if name in names] for row in distinct}
    made = {name: _estimates(name, reasons, columns) for name in names}
    return [{name: made[name][at] for name in kept[id(row)]} for at, row in enumerate(reasons)]


def _estimates(
    metric: str, reasons: Sequence[Reasons], columns: Mapping[str, Numbers]
) -> list[Estimate]:
    """Makes the estimates of a metric, also of results that have none of it."""
    found: dict[str, Sequence[object]] = {n: columns[_column(metric, n)] for n in _NUMBERS}
    return construct(Estimate, found | {"reason": [row.get(metric) for row in reasons]})


def _column(metric: str, name: str) -> str:
    return f"{_PREFIX}{metric}/{name}"
