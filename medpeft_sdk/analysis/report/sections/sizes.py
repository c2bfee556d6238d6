"""Does the gain grow with the backbone?"""

from __future__ import annotations

from collections.abc import Iterator

from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Absent, Section
from medpeft_sdk.analysis.report.table import Column, Interval, Table, text_column
from medpeft_sdk.analysis.sizes import FEWEST, SizeTrend, size_trend
from medpeft_sdk.errors import DataError


def section(evidence: Evidence) -> Section:
    """Shows the rank correlation of gain and size, a row a method and subset."""
    title = "Gain and size of the backbone"
    sizes = set(evidence.scores.sizes.values())
    if len(sizes) < FEWEST:
        why = f"a trend needs backbones of at least {FEWEST} sizes, and there are {len(sizes)}"
        return Section(title, (Absent(why),))
    trends = tuple(_trends(evidence))
    if not trends:
        return Section(title, (Absent("no method shares runs with the baseline on all of them"),))
    return Section(title, (_table(evidence, trends),))


def _trends(evidence: Evidence) -> Iterator[SizeTrend]:
    """Yields the trends of methods whose gains are over the same datasets on all backbones."""
    if isinstance(evidence.gains, Absent):
        return
    about = dict.fromkeys((g.method, g.condition.fraction) for g in evidence.gains)
    for method, fraction in about:
        try:
            yield size_trend(evidence.scores, method, fraction, reference=evidence.baseline)
        except DataError:
            continue


def _table(evidence: Evidence, trends: tuple[SizeTrend, ...]) -> Table:
    backbones = formats.listed(trends[0].backbones, most=12)
    return Table(
        name="sizes",
        caption=f"Kendall's tau between parameters and relative gain over {evidence.baseline}.",
        columns=(
            text_column("method"),
            text_column("data"),
            Column(f"tau [{formats.PERCENT}]", formats.signed),
            Column("p", formats.p_value),
        ),
        rows=tuple(
            (t.method, t.fraction, Interval(t.value, *(t.interval or ())), t.p) for t in trends
        ),
        note=f"Backbones by size: {backbones}. Intervals redraw the gains within their errors and "
        "do not cover the choice of backbones; p-values try all orders of the sizes, and are not "
        "corrected for their number. Backbones differ in more than their size.",
    )
