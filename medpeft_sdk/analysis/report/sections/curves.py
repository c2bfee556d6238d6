"""How scores grow with the data."""

from __future__ import annotations

from medpeft_sdk.analysis.means import means
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.figures.curves import Curve, curves
from medpeft_sdk.analysis.report.parts import Absent, Section
from medpeft_sdk.analysis.report.table import Interval
from medpeft_sdk.drawing import Drawing
from medpeft_sdk.errors import DataError

_TITLE = "Few data and many"


def section(evidence: Evidence) -> Section:
    """Draws a figure for each backbone that was given more than one subset."""
    fractions: dict[str, list[str]] = {}
    for condition in evidence.scores.conditions:
        fractions.setdefault(condition.backbone, []).append(condition.fraction)
    if all(len(found) < 2 for found in fractions.values()):
        (only,) = next(iter(fractions.values()))
        return Section(_TITLE, (Absent(f"everything was run on one subset, {only}"),))
    return Section(_TITLE, tuple(_part(evidence, backbone) for backbone in fractions))


def _part(evidence: Evidence, backbone: str) -> Drawing | Absent:
    found: dict[str, dict[str, Interval]] = {}
    fractions: list[str] = []
    for condition in (c for c in evidence.scores.conditions if c.backbone == backbone):
        try:
            values = means(evidence.scores.under(condition))
        except DataError:
            continue
        fractions.append(condition.fraction)
        for method, mean in values.items():
            interval = Interval.of(mean.here, evidence.metric.range)
            found.setdefault(method, {})[condition.fraction] = interval
    if not found:
        return Absent(f"on {backbone} there is no run that all methods have")
    drawn = [
        Curve(method, tuple(points.get(fraction) for fraction in fractions))
        for method, points in sorted(found.items())
    ]
    return Drawing(
        name=f"curves-{backbone.replace('/', '-')}",
        caption=f"{evidence.metric.title} by subset of the training split, {backbone}: mean over "
        f"datasets on the runs that all methods have, with {formats.PERCENT} intervals. Grey: the "
        "other methods.",
        figure=curves(drawn, fractions, label=evidence.metric.name),
    )
