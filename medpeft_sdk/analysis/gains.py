"""Relative gain against full fine-tuning: by how many percent is a method better, on how little?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medpeft_sdk.analysis.blocks import Block, blocks
from medpeft_sdk.analysis.common import several_seeds
from medpeft_sdk.analysis.pooled import Pooled, Sample, pool
from medpeft_sdk.analysis.scores import Condition, Scores
from medpeft_sdk.analysis.student import LEVEL
from medpeft_sdk.errors import DataError


@dataclass(frozen=True)
class Gain:
    """The relative gain of a method in one condition.

    Attributes:
        method: Name of the method.
        reference: Name of the method against which it is a gain.
        condition: Backbone and subset.
        datasets: Names of the datasets that it is a mean over.
        share: The gain as a share of the reference's value, 0.22 for 22 %; positive is better,
            whichever direction the metric has.
        points: The same in units of the metric.
        untested: Whether it is of one seed of a dataset only, although several were meant: its
            interval says nothing of the training, unlike those of others.
    """

    method: str
    reference: str
    condition: Condition
    datasets: tuple[str, ...]
    share: Pooled
    points: Pooled
    untested: bool


@dataclass(frozen=True)
class Largest:
    """The largest of many gains, which is large by luck as well.

    Attributes:
        gain: The gain.
        candidates: How many it is the largest of.
        interval: Its interval with Bonferroni's correction for ``candidates``, so that it holds
            for whichever is the largest; ``None`` where no error is known.
        level: Confidence level of the interval.
    """

    gain: Gain
    candidates: int
    interval: tuple[float, float] | None
    level: float


def gains(scores: Scores, *, reference: str = "full", by_dataset: bool = False) -> tuple[Gain, ...]:
    """Measures what each method gains over a reference, condition by condition.

    Seeds are paired, and both see the same resamples. The error of a ratio of means comes from
    its linear part, as the delta method takes it.

    Args:
        scores: The table.
        reference: The method against which gains are.
        by_dataset: One gain a dataset, instead of their mean.

    Returns:
        The gains by condition and method; none where the two have no run in common.

    Raises:
        DataError: A mean of the reference is not above zero, so that shares of it mean nothing.
        UnknownNameError: There is no such method.
    """
    scores.at(reference)
    found: list[Gain] = []
    for condition in scores.conditions:
        part = scores.under(condition)
        several = several_seeds(part)
        for method in (m for m in scores.methods if m != reference):
            shared = blocks(part, [method, reference])
            parts = [[block] for block in shared] if by_dataset else [shared]
            names = method, reference
            found += [_gain(scores, condition, names, p, several=several) for p in parts if p]
    return tuple(found)


def largest(found: Sequence[Gain], *, level: float = LEVEL) -> Largest:
    """Picks the largest gain; raises `DataError` if there is none."""
    if not found:
        raise DataError("there are no gains to pick the largest of")
    best = max(found, key=lambda g: g.share.here.value)
    interval = best.share.here.interval(1 - (1 - level) / len(found))
    return Largest(best, len(found), interval, level)


def _gain(
    scores: Scores,
    condition: Condition,
    names: tuple[str, str],
    group: Sequence[Block],
    *,
    several: bool,
) -> Gain:
    method, reference = names
    sign = 1 if scores.higher_is_better else -1
    share = pool([_share(block, sign, reference) for block in group])
    return Gain(
        method=method,
        reference=reference,
        condition=condition,
        datasets=tuple(block.dataset for block in group),
        share=share,
        points=pool([_points(block, sign) for block in group]),
        untested=share.untested(several=several),
    )


def _points(block: Block, sign: int) -> Sample:
    runs = sign * (block.values[0] - block.values[1])
    drawn = None if block.drawn is None else sign * (block.drawn[0] - block.drawn[1])
    return Sample(float(runs.mean()), runs, drawn, block.units)


def _share(block: Block, sign: int, reference: str) -> Sample:
    """Takes ``a / b - 1`` of the means over seeds, and what each seed contributes to its error."""
    a, b = block.values.mean(axis=1)
    if b <= 0:
        raise DataError(
            f"the mean of {reference} is {b:.3g}, so a relative gain over it has no meaning",
            where=block.dataset,
            expected="a metric above zero",
            mend="read the gain in units of the metric",
        )

    def linear(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return sign * (values[0] - a / b * values[1]) / b

    drawn = None if block.drawn is None else linear(block.drawn)
    return Sample(float(sign * (a / b - 1)), linear(block.values), drawn, block.units)
