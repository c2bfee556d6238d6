"""How methods compare on equal ground, as far as the results allow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from medpeft_sdk.analysis.common import Standing, standing
from medpeft_sdk.analysis.differences import Difference, Ties, differences, ties
from medpeft_sdk.analysis.means import means
from medpeft_sdk.analysis.pooled import Pooled
from medpeft_sdk.analysis.ranking import Ranking, rank
from medpeft_sdk.analysis.report.parts import Absent
from medpeft_sdk.analysis.scores import Scores
from medpeft_sdk.errors import DataError

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Compared:
    """What the statistics say of methods on the runs that all of them have.

    Attributes:
        standing: The methods, best first, and how many runs they share.
        means: Mean of each, best first.
        ties: Methods that cannot be told apart.
        versus: Differences to the reference, by method, over the runs that the two have: what
            is said of a method does not change with others beside it.
        ranking: Average ranks.
    """

    standing: Standing | Absent
    means: Mapping[str, Pooled] | Absent
    ties: Ties | Absent
    versus: Mapping[str, Difference]
    ranking: Ranking | Absent

    @property
    def pooled(self) -> tuple[Pooled, ...]:
        """The means and differences that methods are compared by."""
        of_methods = () if isinstance(self.means, Absent) else tuple(self.means.values())
        return (*of_methods, *(difference.mean for difference in self.versus.values()))


def compare_all(scores: Scores, reference: str) -> Compared:
    """Asks the statistics; what there is too little for says why."""
    found = attempt(lambda: standing(scores))
    on = scores if isinstance(found, Absent) else scores.only(found.methods)
    return Compared(
        standing=found,
        means=attempt(lambda: means(scores)),
        ties=attempt(lambda: ties(scores)),
        versus={d.a: d for d in differences(on, reference)} if reference in on.methods else {},
        ranking=attempt(lambda: rank(scores)),
    )


def attempt(make: Callable[[], T]) -> T | Absent:
    """Asks for what these results may be too few for."""
    try:
        return make()
    except DataError as error:
        return Absent(error.what)
