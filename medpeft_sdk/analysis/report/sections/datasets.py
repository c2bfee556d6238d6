"""Each dataset for itself: a table a backbone and metric, a column a subset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from medpeft_sdk.analysis.means import settings
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Section, Text
from medpeft_sdk.analysis.report.table import Column, Interval, Table, text_column
from medpeft_sdk.results import Summary
from medpeft_sdk.specs import MetricSpec
from medpeft_sdk.units import counted

Entries = Mapping[tuple[str, str], Interval | None]
"""By method and subset."""


def section(evidence: Evidence) -> Section:
    """Shows the metric of the report; the others are folded."""
    metric = evidence.metric
    groups: dict[tuple[str, str], list[Summary]] = {}
    for summary in evidence.summaries:
        groups.setdefault((summary.dataset, summary.backbone), []).append(summary)
    own: dict[tuple[str, str], dict[tuple[str, str], Interval]] = {about: {} for about in groups}
    for (method, dataset, condition), mean in settings(evidence.scores).items():
        interval = Interval.of(mean.here, metric.range)
        own[dataset, condition.backbone][method, condition.fraction] = interval
    tables = [_table(found, metric, own[about]) for about, found in groups.items()]
    others = [other for name, other in evidence.metrics.items() if name != metric.name]
    tables += [
        _table(found, other, _stored(found, other), folded=True)
        for found in groups.values()
        for other in others
    ]
    said = Text(
        "Means over seeds. Intervals cover what those above cover; the folded ones are joined from "
        "the intervals that results hold, and are rather wider."
    )
    return Section("Each dataset", (said, *tables))


def _stored(found: Sequence[Summary], metric: MetricSpec) -> Entries:
    return {(s.method, s.fraction): Interval.read(s.metrics.get(metric.name)) for s in found}


def _table(
    found: Sequence[Summary], metric: MetricSpec, entries: Entries, *, folded: bool = False
) -> Table:
    about = found[0]
    fractions = tuple(dict.fromkeys(s.fraction for s in found))
    synthetic = " (synthetic images)" if about.synthetic else ""
    n = max((s.metrics[metric.name].n for s in found if metric.name in s.metrics), default=0)
    better = "higher" if metric.higher_is_better else "lower"
    return Table(
        name=f"dataset-{about.dataset}-{about.backbone}-{metric.name}",
        caption=f"{about.dataset}{synthetic}, {about.backbone}: {metric.title}, {better} is "
        f"better; {counted(n, 'test image')}, {_seeds(found)}.",
        columns=(
            text_column("method"),
            *(Column(f"{fraction} [{formats.PERCENT}]", formats.score) for fraction in fractions),
        ),
        rows=tuple(
            (method, *(entries.get((method, fraction)) for fraction in fractions))
            for method in sorted({s.method for s in found})
        ),
        folded=folded,
    )


def _seeds(found: Sequence[Summary]) -> str:
    counts = sorted({len(s.seeds) for s in found if s.seeds}) or [0]
    few, many = counts[0], counts[-1]
    return counted(many, "seed") if few == many else f"{few} to {many} seeds"
