"""Metrics in the subgroups that attributes make, and how far apart these are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from medpeft_sdk.data import indicators
from medpeft_sdk.errors import DataError
from medpeft_sdk.evaluation.attributes import UNKNOWN, part
from medpeft_sdk.evaluation.bootstrap import RESAMPLES, resample, simultaneous_interval
from medpeft_sdk.evaluation.estimate import as_estimate, as_tensors, no_estimate, resampled
from medpeft_sdk.evaluation.metric import Metric
from medpeft_sdk.evaluation.predictions import Predictions
from medpeft_sdk.specs import Disparity, Estimate, Subgroup, Subgroups

LEAST = 5
"""Of each class a subgroup needs so many patients, lesions or studies; without these, samples."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Scores:
    """One metric in several subgroups.

    Attributes:
        values: Shape ``(subgroups,)``; NaN where undefined.
        replicates: Shape ``(resamples, subgroups)``; NaN where undefined.
    """

    values: npt.NDArray[np.float64]
    replicates: npt.NDArray[np.float64]


def estimate_subgroups(
    predictions: Predictions,
    metrics: Mapping[str, Metric],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Subgroups]:
    """Computes metrics in every subgroup, the worst of them, and the gap between best and worst.

    All subgroups share the resamples of the whole split, which are those of `estimate`. One that
    has too little of a class is listed with the reason: a mean over fewer classes would be
    another number.

    Args:
        predictions: One network's predictions, with attributes.
        metrics: Metrics by name.
        resamples: Bootstrap resamples.
        seed: Equal seeds give equal intervals.

    Returns:
        The subgroups that each attribute makes.
    """
    found: dict[str, Subgroups] = {}
    for attribute, values in predictions.attributes.items():
        try:
            parts = part(values)
        except DataError as error:
            found[attribute] = Subgroups(reason=f"{error.what}; expected {error.expected}")
        else:
            found[attribute] = _compare(predictions, parts, metrics, resamples, seed)
    return found


def _compare(
    predictions: Predictions,
    parts: Mapping[str, Rows],
    metrics: Mapping[str, Metric],
    resamples: int,
    seed: int,
) -> Subgroups:
    reasons = _reasons(predictions, parts)
    judged = {value: rows for value, rows in parts.items() if value not in reasons}
    sizes = {value: len(rows) for value, rows in judged.items()}
    estimates: dict[str, dict[str, Estimate]] = {value: {} for value in parts}
    disparities: dict[str, Disparity] = {}
    for name, metric in metrics.items() if judged else ():
        try:
            scores = _score(metric, predictions, list(judged.values()), resamples, seed)
        # A metric may be anybody's and raise anything.
        except Exception as error:
            for value, n in sizes.items():
                estimates[value][name] = no_estimate(name, error, n=n)
            continue
        for at, (value, n) in enumerate(sizes.items()):
            drawn = scores.replicates[:, at]
            estimates[value][name] = as_estimate(float(scores.values[at]), drawn, n=n)
        if np.isfinite(scores.values).sum() > 1:
            disparities[name] = _disparity(metric, sizes, scores)
    return Subgroups(
        groups=tuple(
            Subgroup(value=value, n=len(rows), metrics=estimates[value], reason=reasons.get(value))
            for value, rows in parts.items()
        ),
        disparities=disparities,
        reason=None if disparities else "fewer than two subgroups can be compared",
    )


def _reasons(predictions: Predictions, parts: Mapping[str, Rows]) -> dict[str, str]:
    """Finds the subgroups that get no metrics, and says why."""
    needed: dict[str, npt.NDArray[np.bool_]] = {}
    has = indicators(predictions.labels, len(predictions.classes)).T
    for name, having in zip(predictions.classes, has, strict=False):
        needed[f"of class '{name}'"] = having
        if predictions.labels.ndim == 2:
            needed[f"without class '{name}'"] = ~having
    needed = {what: fitting for what, fitting in needed.items() if fitting.any()}
    names = predictions.groups or predictions.ids
    unit = np.unique(np.array(names), return_inverse=True)[1]
    reasons: dict[str, str] = {}
    for value, rows in parts.items():
        counts = {what: len(np.unique(unit[rows[fit[rows]]])) for what, fit in needed.items()}
        scarcest = min(counts, key=lambda what: counts[what])
        if value == UNKNOWN:
            reasons[value] = "the value is not known"
        elif counts[scarcest] < LEAST:
            units = "groups" if predictions.groups else "samples"
            reasons[value] = f"too few {units} {scarcest}: {counts[scarcest]} of {LEAST}"
    return reasons


def _score(
    metric: Metric, predictions: Predictions, parts: Sequence[Rows], resamples: int, seed: int
) -> _Scores:
    probabilities, labels = as_tensors(predictions)
    metric.check_applies(labels)
    pairs = [(probabilities[rows], labels[rows]) for rows in parts]
    chunks = [
        np.column_stack(
            [
                resampled(metric, *pair, torch.from_numpy(counts[:, rows])).numpy()
                for pair, rows in zip(pairs, parts, strict=True)
            ]
        )
        for counts in resample(predictions, resamples=resamples, seed=seed)
    ]
    values = np.array([float(metric.compute(*pair)) for pair in pairs])
    return _Scores(values, np.concatenate(chunks))


def _disparity(metric: Metric, sizes: Mapping[str, int], scores: _Scores) -> Disparity:
    """Finds the worst subgroup and the gap; no two subgroups' errors differ more than all do."""
    defined = np.isfinite(scores.values)
    names = [value for value, there in zip(sizes, defined, strict=True) if there]
    values = scores.values[defined]
    errors = scores.replicates[:, defined] - values
    worst = int(np.argmin(values) if metric.spec.higher_is_better else np.argmax(values))
    low, high = metric.spec.range
    return Disparity(
        worst_group=names[worst],
        worst=_extreme(values[worst], np.abs(errors).max(axis=1), low, high, n=sizes[names[worst]]),
        gap=_extreme(
            np.ptp(values),
            np.ptp(errors, axis=1),
            0,
            high - low,
            n=sum(sizes[name] for name in names),
        ),
    )


def _extreme(
    value: float, errors: npt.NDArray[np.float64], least: float, most: float, *, n: int
) -> Estimate:
    low, high = simultaneous_interval(errors, float(value), least, most) or (None, None)
    return Estimate(value=float(value), low=low, high=high, n=n)
