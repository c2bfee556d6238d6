"""How the search for hyperparameters went."""

from __future__ import annotations

from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.figures.curves import Curve, curves
from medpeft_sdk.analysis.report.parts import Absent, Section
from medpeft_sdk.analysis.report.table import Column, Interval, Table, text_column
from medpeft_sdk.analysis.searches import BestSoFar
from medpeft_sdk.drawing import Drawing

_TITLE = "The search"


def section(evidence: Evidence) -> Section:
    """Draws the best validation score so far against the number of trials."""
    found = evidence.searches
    if not found:
        searched = evidence.protocol.tuning is not None
        why = "no trial can be read" if searched else "under the ruleset fixed nothing is searched"
        return Section(_TITLE, (Absent(why),))
    return Section(_TITLE, (_drawing(found), _table(found)))


def _points(found: BestSoFar) -> tuple[Interval | None, ...]:
    """Returns the scores, as many as the shortest search of the method has."""
    return tuple(
        None if median is None else Interval(median, low, high)
        for median, low, high in zip(found.median, found.low, found.high, strict=True)
    )


def _curve(found: BestSoFar, trials: int) -> Curve:
    """Draws a method as far as its trials go."""
    points = _points(found)
    return Curve(found.method, (*points, *[None] * (trials - len(points))))


def _drawing(found: tuple[BestSoFar, ...]) -> Drawing:
    trials = _most(found)
    return Drawing(
        name="search",
        caption=f"Best {found[0].metric} on validation so far against the number of trials: "
        "median over the searches, with the range of the searches. Grey: the other methods.",
        figure=curves(
            [_curve(one, trials) for one in found],
            [str(trial + 1) for trial in range(trials)],
            label=f"validation {found[0].metric}",
        ),
    )


def _table(found: tuple[BestSoFar, ...]) -> Table:
    return Table(
        name="search",
        caption=f"Best {found[0].metric} on validation: median of the searches [worst, best].",
        columns=(
            text_column("method"),
            Column("searches", formats.count),
            Column("trials", formats.count),
            Column("after one trial", formats.score),
            Column("after all", formats.score),
            Column("steps", formats.count),
        ),
        rows=tuple(
            (
                one.method,
                one.searches,
                len(one.median),
                _points(one)[0],
                _points(one)[-1],
                one.steps[-1],
            )
            for one in found
        ),
        note="Validation chose the trial, so these scores are too good for the method that they "
        f"are of; the test split was read once, after that. {_budgets(found)}",
    )


def _budgets(found: tuple[BestSoFar, ...]) -> str:
    most = _most(found)
    fewer = [f"{one.method} has {len(one.median)}" for one in found if len(one.median) < most]
    if not fewer:
        return "Every method had as many trials."
    return f"Not every method has {most} trials: {formats.listed(fewer)}."


def _most(found: tuple[BestSoFar, ...]) -> int:
    return max(len(one.median) for one in found)
