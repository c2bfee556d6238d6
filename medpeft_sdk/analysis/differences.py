"""Paired differences between methods, over datasets × seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from medpeft_sdk.analysis.blocks import Block, blocks
from medpeft_sdk.analysis.common import in_common, several_seeds, standing
from medpeft_sdk.analysis.holm import holm
from medpeft_sdk.analysis.pooled import Pooled, Sample, pool
from medpeft_sdk.analysis.scores import Scores
from medpeft_sdk.analysis.student import LEVEL
from medpeft_sdk.analysis.tied import tied_groups
from medpeft_sdk.errors import DataError


@dataclass(frozen=True)
class Difference:
    """How much the metric of one method exceeds that of another.

    Attributes:
        a: Name of the first method.
        b: Name of the second.
        mean: The metric of ``a`` minus that of ``b``, on the runs that both have.
        runs: How many runs each of them has there.
        probability: How probable it is that ``a`` is truly the better one of the two on these
            datasets, whichever direction is better; ``None`` where no error is known.
        p_holm: P-value of no difference on these datasets, corrected for the number of
            differences asked for together.
        untested: Whether the two share one seed of a dataset only, although several were meant.
            What the difference is cannot be told then: there are no p-value and no probability.
    """

    a: str
    b: str
    mean: Pooled
    runs: int
    probability: float | None
    p_holm: float | None
    untested: bool


@dataclass(frozen=True)
class Ties:
    """Which methods the paired differences tell apart, of all pairs.

    Attributes:
        groups: Largest groups of which no two methods differ, that of the best first.
        pairs: All differences, with p-values corrected for their number.
        level: Two methods differ where their ``p_holm`` is below one minus this.
    """

    groups: tuple[tuple[str, ...], ...]
    pairs: tuple[Difference, ...]
    level: float

    @property
    def untested(self) -> int:
        """How many of the pairs have one seed in common only, although several were meant."""
        return sum(pair.untested for pair in self.pairs)


def difference(scores: Scores, a: str, b: str) -> Difference:
    """Compares two methods on the runs that both have; raises `DataError` if there is none."""
    shared = blocks(scores, [a, b])
    if not shared:
        raise DataError(
            f"{a} and {b} have no run in common",
            where=f"{scores.metric} on {', '.join(scores.datasets)}",
            expected="a dataset and a seed with an answer by both in the same conditions",
            mend="run both under one protocol, or compare others",
        )
    return _difference(scores, shared, (a, b), (0, 1), several=several_seeds(scores))


def _difference(
    scores: Scores,
    shared: Sequence[Block],
    names: tuple[str, str],
    at: tuple[int, int],
    *,
    several: bool,
) -> Difference:
    """Compares two methods on common ground.

    Args:
        scores: The table.
        shared: The ground.
        names: The methods.
        at: Where they are in its blocks.
        several: Whether the table is meant to have several seeds.
    """
    i, j = at
    samples: list[Sample] = []
    for block in shared:
        runs = block.values[i] - block.values[j]
        drawn = None if block.drawn is None else block.drawn[i] - block.drawn[j]
        samples.append(Sample(float(runs.mean()), runs, drawn, block.units))
    mean = pool(samples)
    count = sum(block.runs for block in shared)
    if mean.untested(several=several):
        return Difference(*names, mean, count, None, None, untested=True)
    above = mean.here.probability
    better = above if scores.higher_is_better or above is None else 1 - above
    return Difference(*names, mean, count, better, mean.here.p, untested=False)


def differences(scores: Scores, reference: str) -> tuple[Difference, ...]:
    """Compares every method that has a run in common with a reference method.

    Returns:
        The differences in order of the methods' names; their ``p_holm`` are corrected for how
        many they are.
    """
    several = several_seeds(scores)
    others = (method for method in scores.methods if method != reference)
    return _corrected(
        [
            _difference(scores, shared, (other, reference), (0, 1), several=several)
            for other in others
            if (shared := blocks(scores, [other, reference]))
        ]
    )


def ties(scores: Scores, *, level: float = LEVEL) -> Ties:
    """Finds the methods that cannot be told apart on these datasets, from all pairs.

    All pairs are compared on the runs that all methods have.

    Raises:
        DataError: There is no run that all methods with an answer have.
    """
    names, common = standing(scores).methods, in_common(scores)
    places = list(combinations(range(len(names)), 2))
    shared, several = blocks(common, names), several_seeds(scores)
    pairs = _corrected(
        [
            _difference(common, shared, (names[i], names[j]), (i, j), several=several)
            for i, j in places
        ]
    )
    differs = np.zeros((len(names), len(names)), bool)
    for (i, j), pair in zip(places, pairs, strict=True):
        differs[i, j] = differs[j, i] = pair.p_holm is not None and pair.p_holm < 1 - level
    return Ties(tied_groups(names, differs), pairs, level)


def _corrected(found: Sequence[Difference]) -> tuple[Difference, ...]:
    """Corrects p-values for their number; those that are not known do not count."""
    known = [d.p_holm for d in found if d.p_holm is not None]
    adjusted = iter(holm(known).tolist())
    return tuple(d if d.p_holm is None else replace(d, p_holm=next(adjusted)) for d in found)
