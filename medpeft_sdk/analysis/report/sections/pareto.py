"""Which methods are worth what they cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from medpeft_sdk.analysis.cost import Unit
from medpeft_sdk.analysis.pareto import Pareto, Point, every_pareto
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.figures.front import fronts
from medpeft_sdk.analysis.report.parts import Absent, Part, Section
from medpeft_sdk.analysis.report.table import Column, Interval, Table, text_column
from medpeft_sdk.drawing import Drawing
from medpeft_sdk.units import human_bytes, human_flops, human_seconds

_SHOWN: Mapping[Unit, Callable[[float], str]] = {
    "parameters": formats.count,
    "bytes": human_bytes,
    "seconds": human_seconds,
    "operations": human_flops,
}


def section(evidence: Evidence) -> Section:
    """Sets the score against every cost that results tell."""
    found, untold = every_pareto(evidence.scores, evidence.results)
    parts: list[Part] = []
    if found:
        parts += [_drawing(evidence, found), *map(_table, found)]
    if untold:
        parts.append(Absent("; ".join(dict.fromkeys(untold))))
    return Section("Score and cost", tuple(parts))


def _drawing(evidence: Evidence, found: list[Pareto]) -> Drawing:
    return Drawing(
        name="pareto",
        caption=f"{evidence.metric.title} against cost, mean over the runs that all methods have, "
        f"with {formats.PERCENT} intervals. Filled and named: no method costs less and scores "
        "better. Open: one does, but none whose score can be told apart. Grey: clearly beaten. "
        "Triangles: far outside of the scores of the others.",
        figure=fronts(found),
    )


def _table(found: Pareto) -> Table:
    return Table(
        name=f"pareto-{found.cost.name}",
        caption=f"{found.metric} and {found.cost.title}, the cheapest first.",
        columns=(
            text_column("method"),
            Column(found.cost.title, _SHOWN[found.cost.unit]),
            Column(f"{found.metric} [{formats.PERCENT}]", formats.score),
            text_column("on the front"),
            text_column("beaten by"),
        ),
        rows=tuple(
            (
                point.method,
                point.cost,
                Interval.of(point.score.here, found.range),
                _place(point),
                formats.listed(point.beaten_by) or None,
            )
            for point in found.points
        ),
        note=found.cost.caveat,
        folded=True,
    )


def _place(point: Point) -> str:
    return "yes" if point.on_front else "perhaps" if point.perhaps_on_front else "no"
