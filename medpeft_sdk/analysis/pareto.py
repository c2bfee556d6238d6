"""Which methods are worth their cost: score against cost, and the front of what nothing beats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from medpeft_sdk.analysis.blocks import Block, blocks
from medpeft_sdk.analysis.common import in_common, standing
from medpeft_sdk.analysis.cost import (
    COSTS,
    Answer,
    Cost,
    Priced,
    cost_named,
    find_answers,
    with_cost,
)
from medpeft_sdk.analysis.differences import ties
from medpeft_sdk.analysis.pooled import Pooled, Sample, pool
from medpeft_sdk.analysis.scores import Gap, Scores
from medpeft_sdk.analysis.student import LEVEL
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import ResultSpec


@dataclass(frozen=True)
class Point:
    """A method by its score and its cost, means over the runs that all methods have.

    Attributes:
        method: Name of the method.
        score: Its mean score, which knows its interval.
        cost: Its mean cost.
        dominated_by: Methods that cost no more and score no less, and are not equal in both.
        beaten_by: Those of them whose score the results tell apart from this one's.
    """

    method: str
    score: Pooled
    cost: float
    dominated_by: tuple[str, ...]
    beaten_by: tuple[str, ...]

    @property
    def on_front(self) -> bool:
        """Whether no method dominates it."""
        return not self.dominated_by

    @property
    def perhaps_on_front(self) -> bool:
        """Whether one does, but none that scores better by more than noise."""
        return bool(self.dominated_by) and not self.beaten_by


@dataclass(frozen=True)
class Pareto:
    """Methods by score and cost.

    Attributes:
        metric: Name of the metric.
        higher_is_better: Whether a larger value is a better one.
        range: Smallest and largest possible value, for intervals; ``None`` where not known.
        cost: What they cost.
        points: The methods, the cheapest first; of equally cheap ones the best.
        datasets: Names of the datasets.
        runs: Runs a method that the means are of.
        meant: Runs a method that there would be, were there no gaps.
        left_out: Methods with answers, but not on every backbone.
        gaps: Cells without a score or without the cost.
        level: Confidence level by which scores are told apart.
    """

    metric: str
    higher_is_better: bool
    range: tuple[float, float] | None
    cost: Cost
    points: tuple[Point, ...]
    datasets: tuple[str, ...]
    runs: int
    meant: int
    left_out: tuple[str, ...]
    gaps: tuple[Gap, ...]
    level: float

    @property
    def front(self) -> tuple[Point, ...]:
        """What no method dominates, the cheapest first."""
        return tuple(point for point in self.points if point.on_front)


def pareto(
    scores: Scores, results: Iterable[ResultSpec], cost: str = "trainable", *, level: float = LEVEL
) -> Pareto:
    """Sets scores against a cost.

    Runs are averaged on each dataset, and datasets count alike, costs as scores. Scores are told
    apart by the paired differences of `ties`. Costs are taken as they are: they have no interval.

    Args:
        scores: The table; only runs that all methods have are used.
        results: The results that it was made of.
        cost: Name of one of `COSTS`.
        level: Confidence level.

    Raises:
        DataError: There is no run that all methods with an answer have; no result has the cost; or
            it depends on the machine, and results are of several.
        UnknownNameError: There is no such cost.
    """
    return _pareto(find_answers(scores, results), cost_named(cost), _Apart(scores, level))


def every_pareto(
    scores: Scores, results: Iterable[ResultSpec], *, level: float = LEVEL
) -> tuple[list[Pareto], list[str]]:
    """Sets scores against each cost as `pareto` does, and says why some cannot be."""
    answers, apart = find_answers(scores, results), _Apart(scores, level)
    found: list[Pareto] = []
    untold: list[str] = []
    for cost in COSTS.values():
        try:
            found.append(_pareto(answers, cost, apart))
        except DataError as error:
            untold.append(error.what)
    return found, untold


class _Apart:
    """Pairs of methods that differ by more than noise: found once for costs of the same runs.

    Args:
        scores: The table.
        level: Confidence level.
    """

    def __init__(self, scores: Scores, level: float) -> None:
        self.scores, self.level = scores, level
        self._found: dict[bytes, set[frozenset[str]]] = {}

    def on(self, part: Scores) -> set[frozenset[str]]:
        """Finds them on some runs of the table."""
        runs = np.isfinite(part.values).tobytes()
        if runs not in self._found:
            self._found[runs] = {
                frozenset((pair.a, pair.b))
                for pair in ties(part, level=self.level).pairs
                if pair.p_holm is not None and pair.p_holm < 1 - self.level
            }
        return self._found[runs]


def _pareto(answers: Sequence[Answer], cost: Cost, apart: _Apart) -> Pareto:
    scores = apart.scores
    priced = with_cost(scores, answers, cost)
    common, ground = in_common(priced.scores), standing(priced.scores)
    found = blocks(common, common.methods)
    means = [_score(found, i) for i in range(len(common.methods))]
    costs = _costs(priced, common)
    better = [mean.here.value * (1 if scores.higher_is_better else -1) for mean in means]
    above = [[common.methods[j] for j in dominating] for dominating in dominators(costs, better)]
    differing = apart.on(priced.scores)
    points = [
        Point(
            method=method,
            score=means[i],
            cost=costs[i],
            dominated_by=tuple(above[i]),
            beaten_by=tuple(other for other in above[i] if {method, other} in differing),
        )
        for i, method in enumerate(common.methods)
    ]
    order = sorted(range(len(points)), key=lambda i: (costs[i], -better[i]))
    return Pareto(
        metric=scores.metric,
        higher_is_better=scores.higher_is_better,
        range=scores.range,
        cost=cost,
        points=tuple(points[i] for i in order),
        datasets=tuple(block.dataset for block in found),
        runs=ground.runs,
        meant=ground.meant,
        left_out=ground.left_out,
        gaps=priced.scores.gaps,
        level=apart.level,
    )


def dominators(costs: Sequence[float], scores: Sequence[float]) -> tuple[tuple[int, ...], ...]:
    """Finds what dominates each of some things: no dearer, no worse, and not equal in both.

    Args:
        costs: Less is better.
        scores: More is better.
    """
    points = list(zip(costs, scores, strict=True))
    return tuple(
        tuple(
            j
            for j, (c, s) in enumerate(points)
            if c <= cost and s >= score and (c, s) != (cost, score)
        )
        for cost, score in points
    )


def _score(found: Sequence[Block], at: int) -> Pooled:
    """Averages the score of one method over the blocks."""
    samples = [
        Sample(
            float(block.values[at].mean()),
            block.values[at],
            None if block.drawn is None else block.drawn[at],
            block.units,
        )
        for block in found
    ]
    return pool(samples)


def _costs(priced: Priced, common: Scores) -> list[float]:
    """Averages the costs of the same runs in the same way."""
    at = [priced.scores.at(method) for method in common.methods]
    costs = np.where(np.isfinite(common.values), priced.costs[at], np.nan)
    charged = replace(common, values=costs, drawn=None)
    of_datasets = [block.values.mean(axis=1) for block in blocks(charged, charged.methods)]
    return np.mean(of_datasets, axis=0).tolist()
