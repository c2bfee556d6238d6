"""Average ranks over datasets, and what they prove (Demšar, 2006, JMLR 7:1-30)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from medpeft_sdk.analysis.common import standing
from medpeft_sdk.analysis.holm import holm
from medpeft_sdk.analysis.scores import Scores
from medpeft_sdk.analysis.student import LEVEL
from medpeft_sdk.analysis.tied import tied_groups
from medpeft_sdk.errors import DataError

PostHoc = Literal["nemenyi", "wilcoxon_holm"]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Methods by average rank; each dataset counts once, whatever it was run with.

    Attributes:
        methods: Names, best first.
        means: Mean of the metric over datasets.
        ranks: Average rank; 1 is best, equal values share their ranks.
        datasets: Names of the datasets.
        runs: Runs a method that the means are of.
        friedman: Statistic of Friedman's test of no difference at all, corrected for ties;
            ``None`` of two methods.
        friedman_p: Its p-value by the chi-squared distribution, conservative for few datasets.
        post_hoc: Which test compares the pairs.
        p: P-values of the pairs, corrected for their number; rows as ``methods``.
        critical_difference: Nemenyi's: average ranks further apart differ; ``None`` of Wilcoxon.
        smallest_p: What the post-hoc test gives at best, to a pair that differs in the same
            direction on every dataset. Where it is not below one minus ``level``, there are too
            few datasets to tell any two methods apart by ranks.
        groups: Largest groups of which no two methods differ. All are one group where Friedman's
            test finds no difference.
        level: Confidence level.
    """

    methods: tuple[str, ...]
    means: tuple[float, ...]
    ranks: tuple[float, ...]
    datasets: tuple[str, ...]
    runs: int
    friedman: float | None
    friedman_p: float | None
    post_hoc: PostHoc
    p: tuple[tuple[float, ...], ...]
    critical_difference: float | None
    smallest_p: float
    groups: tuple[tuple[str, ...], ...]
    level: float


def rank(scores: Scores, *, post_hoc: PostHoc = "nemenyi", level: float = LEVEL) -> Ranking:
    """Ranks methods on each dataset and compares their average ranks.

    Seeds and conditions are averaged first: datasets are what the tests take as independent.

    Args:
        scores: The table; only runs that all methods have are used.
        post_hoc: ``nemenyi`` compares average ranks; ``wilcoxon_holm`` compares each pair by
            signed ranks, so that other methods have no say, with Holm's correction.
        level: Confidence level.

    Raises:
        DataError: There are fewer than two datasets or two methods with a common run.
    """
    found = standing(scores)
    count, methods = found.values.shape
    if count < 2 or methods < 2:
        raise DataError(
            "ranks over datasets need at least two datasets and two methods",
            where=f"{count} dataset{'s' * (count > 1)}, {methods} method{'s' * (methods > 1)}",
            expected="runs of all methods on several datasets",
            mend="read the paired differences, which need no more than one dataset",
        )
    better = found.values if scores.higher_is_better else -found.values
    ranks = stats.rankdata(-better, axis=1).mean(axis=0)
    order = np.argsort(ranks, kind="stable")
    better, ranks = better[:, order], ranks[order]
    names = tuple(found.methods[i] for i in order)
    statistic, friedman_p = friedman(better)
    p = _POST_HOC[post_hoc](better)
    differs = (p < 1 - level) & (friedman_p is None or friedman_p < 1 - level)
    return Ranking(
        methods=names,
        means=tuple(found.values.mean(axis=0)[order].tolist()),
        ranks=tuple(ranks.tolist()),
        datasets=found.datasets,
        runs=found.runs,
        friedman=statistic,
        friedman_p=friedman_p,
        post_hoc=post_hoc,
        p=tuple(map(tuple, p.tolist())),
        critical_difference=(
            critical_difference(methods, count, level=level) if post_hoc == "nemenyi" else None
        ),
        smallest_p=float(_POST_HOC[post_hoc](_clearest(methods, count)).min()),
        groups=tied_groups(names, differs),
        level=level,
    )


def friedman(better: Values) -> tuple[float | None, float | None]:
    """Tests whether any method differs; ``None`` of two methods, whose one pair is the test.

    Args:
        better: Shape ``(datasets, methods)``; larger is better.
    """
    if better.shape[1] < 3:
        return None, None
    if (better == better[:, :1]).all():
        return 0.0, 1.0
    result = stats.friedmanchisquare(*better.T)
    return float(result.statistic), float(result.pvalue)


def nemenyi(better: Values) -> Values:
    """Compares average ranks by the range of as many; corrected for all pairs by itself."""
    datasets, methods = better.shape
    ranks = stats.rankdata(-better, axis=1).mean(axis=0)
    apart = np.abs(ranks[:, None] - ranks) / _rank_error(methods, datasets)
    p = stats.studentized_range.sf(apart * np.sqrt(2), methods, np.inf)
    return np.where(apart == 0, 1.0, p)


def critical_difference(methods: int, datasets: int, *, level: float = LEVEL) -> float:
    """Returns how far apart average ranks have to be for Nemenyi's test."""
    quantile = float(stats.studentized_range.ppf(level, methods, np.inf))
    return quantile / 2**0.5 * _rank_error(methods, datasets)


def wilcoxon_holm(better: Values) -> Values:
    """Compares each pair by Wilcoxon's signed ranks over datasets, with Holm's correction."""
    methods = better.shape[1]
    p = np.ones((methods, methods))
    upper = np.triu_indices(methods, 1)
    pairs = [better[:, i] - better[:, j] for i, j in combinations(range(methods), 2)]
    p[upper] = holm([_wilcoxon(d) for d in pairs])
    return np.minimum(p, p.T)


def _wilcoxon(differences: Values) -> float:
    """Returns the p-value of signed ranks; 1 where there is no difference to rank."""
    if not differences.any():
        return 1.0
    return float(np.asarray(stats.wilcoxon(differences))[1])


def _rank_error(methods: int, datasets: int) -> float:
    """Returns the standard error of a difference of average ranks where there is none."""
    return float(np.sqrt(methods * (methods + 1) / (6 * datasets)))


def _clearest(methods: int, datasets: int) -> Values:
    """Makes the values in which methods differ as clearly as they can: alike on each dataset."""
    return np.arange(1.0, datasets + 1)[:, None] * np.arange(methods)


_POST_HOC: Mapping[PostHoc, Callable[[Values], Values]] = {
    "nemenyi": nemenyi,
    "wilcoxon_holm": wilcoxon_holm,
}
