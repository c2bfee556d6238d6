"""A number with its standard error and degrees of freedom: all that Student's t needs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True)
class Component:
    """One independent source of error of an estimate.

    Attributes:
        variance: What it adds to the variance of the estimate.
        df: Degrees of freedom of that variance, itself estimated.
    """

    variance: float
    df: float


@dataclass(frozen=True)
class Student:
    """An estimate whose error is known by its variance.

    Attributes:
        value: The estimate.
        error: Its standard error; ``None`` where no source of error could be measured.
        df: Degrees of freedom of the standard error; ``None`` where there is none.
    """

    value: float
    error: float | None
    df: float | None

    @classmethod
    def of(cls, value: float, components: Iterable[Component]) -> Student:
        """Adds independent sources of error.

        Degrees of freedom follow Welch and Satterthwaite (1946, doi:10.2307/3002019): a source
        that dominates and was measured few times, such as two seeds, makes wide intervals.
        """
        known = [c for c in components if math.isfinite(c.variance)]
        if not known:
            return cls(value, None, None)
        variance = math.fsum(c.variance for c in known)
        if variance == 0:
            return cls(value, 0.0, math.fsum(c.df for c in known))
        doubt = math.fsum((c.variance / variance) ** 2 / c.df for c in known)
        return cls(value, math.sqrt(variance), 1 / doubt)

    def interval(self, level: float = LEVEL) -> tuple[float, float] | None:
        """Returns the two ends of the interval; ``None`` where the error is not known."""
        if self.error is None or self.df is None:
            return None
        arm = float(stats.t.ppf((1 + level) / 2, self.df)) * self.error
        return self.value - arm, self.value + arm

    @property
    def p(self) -> float | None:
        """Two-sided p-value of the hypothesis that the true value is zero."""
        if self.probability is None:
            return None
        return 2 * min(self.probability, 1 - self.probability)

    @property
    def probability(self) -> float | None:
        """How probable it is that the true value is above zero, by the same distribution."""
        if self.error is None or self.df is None:
            return None
        if self.error == 0:
            return 0.5 * (1 + (self.value > 0) - (self.value < 0))
        return float(stats.t.cdf(self.value / self.error, self.df))
