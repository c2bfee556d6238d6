"""What a critical-difference diagram draws."""

from __future__ import annotations

from dataclasses import dataclass

from medpeft_sdk.analysis.ranking import Ranking


@dataclass(frozen=True)
class Bar:
    """A thick line below the axis: methods under it cannot be told apart.

    Attributes:
        left: The best average rank under it.
        right: The worst.
        methods: Names of the methods under it, best first.
    """

    left: float
    right: float
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Diagram:
    """A critical-difference diagram, without its drawing.

    Attributes:
        methods: Names, best first.
        ranks: Their places on the axis.
        axis: First and last value of the axis.
        critical_difference: Length of the bar above the axis; ``None`` where there is none.
        bars: The lines below it, best first; a method that differs from its neighbours has none.
    """

    methods: tuple[str, ...]
    ranks: tuple[float, ...]
    axis: tuple[float, float]
    critical_difference: float | None
    bars: tuple[Bar, ...]


def diagram(ranking: Ranking) -> Diagram:
    """Lays out the diagram of a ranking.

    A bar covers neighbours only. Wilcoxon's test can tie two methods and tell apart one between
    them; such a group has no bar, and stands in `Ranking.groups`.
    """
    place = {method: i for i, method in enumerate(ranking.methods)}
    bars: list[Bar] = []
    for group in ranking.groups:
        first, last = place[group[0]], place[group[-1]]
        if len(group) > 1 and last - first + 1 == len(group):
            bars.append(Bar(ranking.ranks[first], ranking.ranks[last], group))
    return Diagram(
        methods=ranking.methods,
        ranks=ranking.ranks,
        axis=(1.0, float(len(ranking.methods))),
        critical_difference=ranking.critical_difference,
        bars=tuple(bars),
    )
