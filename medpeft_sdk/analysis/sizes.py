"""Does the gain grow with the backbone?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from medpeft_sdk.analysis.gains import Gain, gains
from medpeft_sdk.analysis.scores import Scores
from medpeft_sdk.analysis.student import LEVEL
from medpeft_sdk.errors import DataError
from medpeft_sdk.evaluation import RESAMPLES

Coefficient = Literal["kendall", "spearman"]
Values = npt.NDArray[np.float64]
FEWEST = 4
"""Sizes below which even a perfect order is no evidence: of three, one order in six is perfect."""

_ALL_ORDERS = 7


@dataclass(frozen=True)
class SizeTrend:
    """Rank correlation of a method's relative gain with the size of the backbone.

    Attributes:
        method: Name of the method.
        reference: Name of the method against which the gains are.
        fraction: The subset as text.
        coefficient: ``kendall`` or ``spearman``.
        value: Between -1 and 1; 1 where every larger backbone has the larger gain.
        interval: Percentile interval with the gains redrawn within their errors, which cover what
            `Pooled.covers` says of each; never the choice of backbones. ``None`` where an error
            is not known.
        level: Confidence level of the interval.
        p: Two-sided p-value by permutation of the sizes: how often chance orders them so well.
        backbones: Names, smallest first.
        parameters: Their sizes, without head.
        shares: Their gains, as shares of the reference.
    """

    method: str
    reference: str
    fraction: str
    coefficient: Coefficient
    value: float
    interval: tuple[float, float] | None
    level: float
    p: float
    backbones: tuple[str, ...]
    parameters: tuple[int, ...]
    shares: tuple[float, ...]


def size_trend(
    scores: Scores,
    method: str,
    fraction: str,
    *,
    reference: str = "full",
    coefficient: Coefficient = "kendall",
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> SizeTrend:
    """Correlates the gain of a method with the number of parameters of the backbone.

    Args:
        scores: The table, of several backbones.
        method: Name of the method.
        fraction: The subset as text, such as ``16shot``.
        reference: The method against which gains are.
        coefficient: Kendall's tau (with ties, tau-b) or Spearman's rho.
        level: Confidence level.
        resamples: Draws for the interval, and for p where there are too many orders to try all.
        seed: Equal seeds give equal draws.

    Raises:
        DataError: There are fewer than `FEWEST` sizes, or the backbones do not have the same
            datasets.
        UnknownNameError: There is no such method.
    """
    part = scores.only([method, reference])
    found = [
        g
        for g in gains(part, reference=reference)
        if g.method == method and g.condition.fraction == fraction
    ]
    _check(found, scores, where=f"{method} against {reference}, {fraction}")
    found.sort(key=lambda g: scores.sizes[g.condition.backbone])
    sizes = np.array([scores.sizes[g.condition.backbone] for g in found], np.float64)
    shares = np.array([g.share.here.value for g in found])
    rng = np.random.default_rng(seed)
    value = float(correlation(coefficient, sizes, shares))
    drawn = _redrawn(found, rng, resamples)
    by_chance = correlation(coefficient, sizes, shares[_orders(len(shares), rng, resamples)])
    return SizeTrend(
        method=method,
        reference=reference,
        fraction=fraction,
        coefficient=coefficient,
        value=value,
        interval=None if drawn is None else _ends(correlation(coefficient, sizes, drawn), level),
        level=level,
        p=float((np.abs(by_chance) >= abs(value) - 1e-12).mean()),
        backbones=tuple(g.condition.backbone for g in found),
        parameters=tuple(int(size) for size in sizes),
        shares=tuple(shares.tolist()),
    )


def correlation(coefficient: Coefficient, x: Values, y: Values) -> Values:
    """Computes a rank correlation of ``x`` with each row of ``y``; 0 where a row is constant.

    Both coefficients are one formula (Daniels, 1944, doi:10.1093/biomet/33.2.129): the cosine
    between all pairwise contrasts, which are signs for Kendall's and rank differences for
    Spearman's.
    """
    contrast = _CONTRASTS[coefficient]
    of_x, of_y = contrast(x), contrast(y)
    product = (of_x * of_y).sum(axis=(-2, -1))
    norm = np.sqrt((of_x**2).sum(axis=(-2, -1)) * (of_y**2).sum(axis=(-2, -1)))
    return np.divide(product, norm, out=np.zeros_like(product), where=norm > 0)


def _signs(values: Values) -> Values:
    return np.sign(values[..., :, None] - values[..., None, :])


def _rank_differences(values: Values) -> Values:
    ranks = stats.rankdata(values, axis=-1)
    return ranks[..., :, None] - ranks[..., None, :]


_CONTRASTS: Mapping[Coefficient, Callable[[Values], Values]] = {
    "kendall": _signs,
    "spearman": _rank_differences,
}


def _redrawn(found: Sequence[Gain], rng: np.random.Generator, resamples: int) -> Values | None:
    """Draws every gain from its own Student distribution, shape ``(resamples, gains)``."""
    columns: list[Values] = []
    for gain in found:
        here = gain.share.here
        if here.error is None or here.df is None:
            return None
        columns.append(here.value + here.error * rng.standard_t(here.df, resamples))
    return np.stack(columns, axis=1)


def _ends(values: Values, level: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _orders(count: int, rng: np.random.Generator, resamples: int) -> npt.NDArray[np.int64]:
    """Lists all orders or, where these are very many, random ones behind the given one."""
    if count <= _ALL_ORDERS:
        return np.array(list(permutations(range(count))))
    given = np.arange(count)
    return np.stack([given, *(rng.permutation(count) for _ in range(resamples))])


def _check(found: Sequence[Gain], scores: Scores, *, where: str) -> None:
    """Raises `DataError` unless these gains can show a trend."""
    sizes = {scores.sizes[g.condition.backbone] for g in found}
    if len(sizes) < FEWEST:
        raise DataError(
            f"a trend needs at least {FEWEST} sizes of backbones, and there are {len(sizes)}",
            where=where,
            expected=f"runs of both methods on backbones of {FEWEST} sizes: of fewer, chance "
            "orders too many perfectly",
            mend="run more backbones, best of one family",
        )
    if len({g.datasets for g in found}) > 1:
        told = [f"{g.condition.backbone}: {', '.join(g.datasets)}" for g in found]
        raise DataError(
            "the gains are not over the same datasets on all backbones",
            where=f"{where}\n" + "\n".join(told),
            expected="runs of both methods on each dataset with each backbone",
            mend="run what is missing, or leave datasets out",
        )
