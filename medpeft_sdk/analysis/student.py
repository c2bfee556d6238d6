"""A number with its standard error and degrees of freedom: all that Student's t needs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scipy import special

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

    @classmethod
    def total(cls, parts: Iterable[Component]) -> Component | None:
        """Adds errors of one kind, such as those of seeds on several datasets.

        Degrees of freedom follow Welch and Satterthwaite (1946, doi:10.2307/3002019).

        Returns:
            Their sum; ``None`` where none of them is known.
        """
        known = [part for part in parts if math.isfinite(part.variance)]
        if not known:
            return None
        variance = math.fsum(part.variance for part in known)
        if variance == 0:
            return cls(0.0, math.fsum(part.df for part in known))
        doubt = math.fsum((part.variance / variance) ** 2 / part.df for part in known)
        return cls(variance, 1 / doubt)


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
        """Adds independent sources of error that were measured very differently often.

        The factor of the 95 % interval is the mean of what each source needs alone, weighted by
        its variance (Cochran and Cox, 1957); degrees of freedom are those of the
        factor. Satterthwaite's would trust the many patients wherever two or three seeds happen
        to agree, and their intervals then hold the truth too seldom.
        """
        known = [c for c in components if math.isfinite(c.variance)]
        if not known:
            return cls(value, None, None)
        variance = math.fsum(c.variance for c in known)
        if variance == 0:
            return cls(value, 0.0, math.fsum(c.df for c in known))
        upper = (1 + LEVEL) / 2
        factor = math.fsum(c.variance / variance * special.stdtrit(c.df, upper) for c in known)
        return cls(value, math.sqrt(variance), float(special.stdtridf(upper, factor)))

    def interval(
        self, level: float = LEVEL, *, within: tuple[float, float] | None = None
    ) -> tuple[float, float] | None:
        """Returns the two ends of the interval; ``None`` where the error is not known.

        Args:
            level: Confidence level.
            within: Smallest and largest possible value, to which the ends are cut.
        """
        if self.error is None or self.df is None:
            return None
        arm = float(special.stdtrit(self.df, (1 + level) / 2)) * self.error
        least, most = within or (-math.inf, math.inf)
        return max(self.value - arm, least), min(self.value + arm, most)

    @property
    def p(self) -> float | None:
        """Two-sided p-value of the hypothesis that the true value is zero."""
        above = self.probability
        return None if above is None else 2 * min(above, 1 - above)

    @property
    def probability(self) -> float | None:
        """How probable it is that the true value is above zero, by the same distribution."""
        if self.error is None or self.df is None:
            return None
        if self.error == 0:
            return 0.5 * (1 + (self.value > 0) - (self.value < 0))
        return float(special.stdtr(self.df, self.value / self.error))
