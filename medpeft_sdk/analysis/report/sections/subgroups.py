"""How far apart subgroups of patients are."""

from __future__ import annotations

from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Absent, Section
from medpeft_sdk.analysis.report.table import Column, Interval, Table, text_column
from medpeft_sdk.results import Summary


def section(evidence: Evidence) -> Section:
    """Shows the gap and the worst subgroup, a table a dataset and backbone."""
    settings: dict[tuple[str, str], list[Summary]] = {}
    for summary in evidence.summaries:
        if any(evidence.metric.name in found for found in summary.disparities.values()):
            settings.setdefault((summary.dataset, summary.backbone), []).append(summary)
    if not settings:
        return Section("Subgroups", (Absent(_why(evidence)),))
    tables = (_table(evidence, *about, found) for about, found in settings.items())
    return Section("Subgroups", tuple(tables))


def _why(evidence: Evidence) -> str:
    reasons = {
        f"{result.cell.dataset.name}, {attribute}: {subgroups.reason}"
        for result in evidence.results
        for attribute, subgroups in result.subgroups.items()
        if subgroups.reason
    }
    return "; ".join(sorted(reasons)) or (
        f"the datasets have no attribute by which {evidence.metric.name} could be parted"
    )


def _table(evidence: Evidence, dataset: str, backbone: str, found: list[Summary]) -> Table:
    metric = evidence.metric.name
    rows = [
        (
            summary.fraction,
            summary.method,
            attribute,
            Interval.read(disparities[metric].gap),
            disparities[metric].worst_group,
            Interval.read(disparities[metric].worst),
        )
        for summary in found
        for attribute, disparities in summary.disparities.items()
        if metric in disparities
    ]
    return Table(
        name=f"subgroups-{dataset}-{backbone}".replace("/", "-").replace(":", "-"),
        caption=f"{dataset}, {backbone}: {metric} of the best subgroup minus that of the worst.",
        columns=(
            text_column("data"),
            text_column("method"),
            text_column("attribute"),
            Column(f"gap [{formats.PERCENT}]", formats.score),
            text_column("worst group"),
            Column(f"worst [{formats.PERCENT}]", formats.score),
        ),
        rows=tuple(rows),
        note="Chance alone makes gaps: an interval that begins at 0 says that chance may explain "
        "it. Intervals allow for having picked best and worst. Means over seeds: where seeds "
        "differ in which subgroup is worst, all are named, and the worst is the mean of each "
        "seed's own.",
    )
