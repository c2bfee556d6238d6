"""Results over seeds: the mean, and how sure it is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from medpeft_sdk.specs import (
    CellSpec,
    Costs,
    Disparity,
    Estimate,
    ParameterCounts,
    ResultSpec,
    Spec,
    Status,
    rules_text,
)

_NUMBERS = itemgetter("value", "low", "high", "n")
_SETTING = tuple(name for name in CellSpec.model_fields if name != "seed")


@dataclass(frozen=True)
class Summary:
    """The results of cells that differ in their seed only.

    Attributes:
        method: Name of the method.
        backbone: Name of the backbone.
        dataset: Name of the dataset.
        fraction: The subset as text, such as ``16shot``.
        synthetic: Whether the images are generated.
        rules: By which hyperparameters were chosen, as `rules_text` names them.
        settings: Everything else that the cells share, flat: hyperparameters by their names,
            the recipe as ``recipe.<field>``.
        seeds: The seeds that have an answer; the means are over these.
        statuses: How many cells have each status; seeds without an answer are seen here.
        reasons: Why cells have no answer, each reason once.
        metrics: Mean over seeds and its interval, by name; see `summarise`.
        disparities: Likewise between subgroups, by attribute and metric. ``worst_group`` names
            each that is the worst for a seed, the most frequent first.
        parameters: Of the first seed with an answer; seeds do not change them.
        costs: Of each seed with an answer.
    """

    method: str
    backbone: str
    dataset: str
    fraction: str
    synthetic: bool
    rules: str
    settings: Mapping[str, Any]
    seeds: tuple[int, ...]
    statuses: Mapping[Status, int]
    reasons: tuple[str, ...]
    metrics: Mapping[str, Estimate]
    disparities: Mapping[str, Mapping[str, Disparity]]
    parameters: ParameterCounts | None
    costs: tuple[Costs, ...]


def summarise(
    results: Iterable[ResultSpec], *, ranges: Mapping[str, tuple[float, float]] | None = None
) -> tuple[Summary, ...]:
    """Summarises results over seeds, with an interval that covers test samples and seeds.

    The interval joins two sources of error in quadrature, each side for itself (the method of
    variance estimates recovery, Zou and Donner, 2008, doi:10.1002/sim.3095):

    - test samples: the mean arm of the seeds' bootstrap intervals. It is not divided by the
      number of seeds, because all seeds share one test split;
    - seeds: the half-width of the t interval of their mean.

    So one seed has its own bootstrap interval, which does not cover the seed; and two seeds have
    a very wide one, as they should. It needs no predictions.

    Args:
        results: Results in any order, each cell once.
        ranges: Smallest and largest possible value of metrics, by name; intervals are cut there.

    Returns:
        A summary a setting, in the order of dataset, backbone, subset and method.
    """
    groups: dict[tuple[str, ...], list[ResultSpec]] = {}
    texts: dict[int, str] = {}
    for result in results:
        groups.setdefault(_key(result.cell, texts), []).append(result)
    summaries = [_summarise(group, ranges or {}) for group in groups.values()]
    return tuple(sorted(summaries, key=_order))


def by_protocol(results: Iterable[ResultSpec]) -> dict[str, list[ResultSpec]]:
    """Parts results by their protocols, which are named as a reader may tell them apart."""
    found: dict[str, list[ResultSpec]] = {}
    for result in results:
        ref = result.protocol
        name = f"protocol {ref.name} {ref.hash[:8]}, {rules_text(result.cell.tuning)}"
        found.setdefault(name, []).append(result)
    return dict(sorted(found.items()))


def _key(cell: CellSpec, texts: dict[int, str]) -> tuple[str, ...]:
    """Names the setting of a cell.

    Args:
        cell: One that stays in memory.
        texts: The JSON of parts by their identity, which is added to: many cells share a part.
    """
    parts = [getattr(cell, name) for name in _SETTING]
    for part in parts:
        if id(part) not in texts:
            plain = part.model_dump(mode="json") if isinstance(part, Spec) else part
            texts[id(part)] = json.dumps(plain, sort_keys=True)
    return tuple(texts[id(part)] for part in parts)


def _order(summary: Summary) -> tuple[object, ...]:
    shots = summary.fraction.removesuffix("shot")
    few_first = (shots == summary.fraction, float(shots.removesuffix("%")))
    settings = json.dumps(dict(summary.settings), sort_keys=True)
    return (summary.dataset, summary.backbone, few_first, summary.method, settings)


def _summarise(results: list[ResultSpec], ranges: Mapping[str, tuple[float, float]]) -> Summary:
    results = sorted(results, key=lambda r: r.cell.seed)
    cell = results[0].cell
    answered = [r for r in results if r.status == "ok"]
    names = dict.fromkeys(name for r in answered for name in r.metrics)
    attributes = dict.fromkeys(name for r in answered for name in r.subgroups)
    statuses: dict[Status, int] = {}
    for result in results:
        statuses[result.status] = statuses.get(result.status, 0) + 1
    recipe = {f"recipe.{k}": v for k, v in cell.recipe.model_dump(mode="json").items()}
    return Summary(
        method=cell.method,
        backbone=cell.backbone.name,
        dataset=cell.dataset.name,
        fraction=str(cell.subset),
        synthetic=results[0].synthetic,
        rules=rules_text(cell.tuning),
        settings={
            **cell.hyperparameters,
            **recipe,
            "weights": cell.backbone.weights,
            "data": cell.dataset.fingerprint,
            "content": cell.dataset.content,
            "skipped": len(cell.dataset.skipped),
            "selection": cell.selection_metric,
        },
        seeds=tuple(r.cell.seed for r in answered),
        statuses=statuses,
        reasons=tuple(dict.fromkeys(r.reason for r in results if r.reason)),
        metrics={
            name: _mean(
                [r.metrics[name] for r in answered if name in r.metrics],
                *ranges.get(name, (-math.inf, math.inf)),
            )
            for name in names
        },
        disparities={name: _disparities(answered, name, ranges) for name in attributes},
        parameters=next((r.parameters for r in answered if r.parameters), None),
        costs=tuple(r.costs for r in answered if r.costs),
    )


def _disparities(
    results: list[ResultSpec], attribute: str, ranges: Mapping[str, tuple[float, float]]
) -> dict[str, Disparity]:
    """Averages over seeds what every one of them has."""
    of_seeds = [r.subgroups[attribute].disparities for r in results if attribute in r.subgroups]
    found: dict[str, Disparity] = {}
    for name in of_seeds[0]:
        parts = [disparities[name] for disparities in of_seeds if name in disparities]
        if len(parts) == len(results):
            least, most = ranges.get(name, (-math.inf, math.inf))
            worst = [part.worst_group for part in parts]
            often = sorted(dict.fromkeys(worst), key=worst.count, reverse=True)
            found[name] = Disparity(
                worst_group=" / ".join(often),
                worst=_mean([part.worst for part in parts], least, most),
                gap=_mean([part.gap for part in parts], 0, most - least),
            )
    return found


def _mean(estimates: list[Estimate], least: float, most: float) -> Estimate:
    """Averages over seeds; undefined where it is undefined for one of them."""
    values, lows, highs, ns = zip(*map(_NUMBERS, map(vars, estimates)), strict=True)
    n = min(ns)
    if None in values:
        return Estimate(value=None, low=None, high=None, n=n)
    mean = math.fsum(values) / len(values)
    if None in lows or None in highs:
        return Estimate(value=mean, low=None, high=None, n=n)
    of_seeds = _t_half_width(values, mean)
    return Estimate(
        value=mean,
        low=max(least, mean - math.hypot(mean - math.fsum(lows) / len(lows), of_seeds)),
        high=min(most, mean + math.hypot(math.fsum(highs) / len(highs) - mean, of_seeds)),
        n=n,
    )


def _t_half_width(values: Sequence[float], mean: float) -> float:
    """Half the width of the 95 % t interval of a mean; 0 for one value, which says nothing."""
    k = len(values)
    if k == 1:
        return 0.0
    variance = math.fsum([(v - mean) ** 2 for v in values]) / (k - 1)
    return _quantile(k - 1) * math.sqrt(variance / k)


@cache
def _quantile(df: int) -> float:
    return float(stdtrit(df, 0.975))
