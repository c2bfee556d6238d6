"""By how much a method is better than the baseline, subset by subset."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from medpeft_sdk.analysis.gains import Gain
from medpeft_sdk.analysis.pooled import Pooled
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Absent, Section
from medpeft_sdk.analysis.report.table import Column, Interval, Table, text_column


def section(evidence: Evidence) -> Section:
    """Shows relative gains, and the same in points, a table a backbone."""
    title = f"Gain over {evidence.baseline}"
    found = evidence.gains
    if isinstance(found, Absent):
        return Section(title, (found,))
    if not found:
        why = f"no method shares a run with {evidence.baseline}"
        return Section(title, (Absent(why),))
    tables: list[Table] = []
    for backbone in dict.fromkeys(g.condition.backbone for g in found):
        part = [g for g in found if g.condition.backbone == backbone]
        file = backbone.replace("/", "-")
        tables += [
            _table(
                part,
                name=f"gains-{file}",
                caption=f"{backbone}: relative gain over {evidence.baseline} in "
                f"{evidence.metric.name}, mean over datasets [{formats.PERCENT}].",
                of=lambda gain: gain.share,
                show=formats.share,
                note="Positive is better, whichever direction the metric has. A relative gain is "
                "large where the baseline is bad: read the points as well. Each is over the runs "
                "that the two methods share, and the intervals are not corrected for their number.",
            ),
            _table(
                part,
                name=f"gains-points-{file}",
                caption=f"{backbone}: the same in points of {evidence.metric.name}.",
                of=lambda gain: gain.points,
                show=formats.signed,
                folded=True,
            ),
        ]
    return Section(title, tuple(tables))


def _table(
    found: Sequence[Gain],
    *,
    name: str,
    caption: str,
    of: Callable[[Gain], Pooled],
    show: Callable[[Interval], str],
    note: str = "",
    folded: bool = False,
) -> Table:
    fractions = tuple(dict.fromkeys(g.condition.fraction for g in found))
    untested = [f"{g.method} with {g.condition.fraction}" for g in found if g.untested]
    if untested:
        note += (
            f" Of one seed in common, so that the interval covers patients only: "
            f"{formats.listed(untested)}."
        )
    entries = {(g.method, g.condition.fraction): Interval.of(of(g).here) for g in found}
    return Table(
        name=name,
        caption=caption,
        columns=(text_column("method"), *(Column(fraction, show) for fraction in fractions)),
        rows=tuple(
            (method, *(entries.get((method, fraction)) for fraction in fractions))
            for method in sorted({g.method for g in found})
        ),
        note=note,
        folded=folded,
    )
