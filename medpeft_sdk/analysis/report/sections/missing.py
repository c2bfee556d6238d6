"""What has no answer, and why; nothing is filled in."""

from __future__ import annotations

from medpeft_sdk.analysis.missing import Missing, missing
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Part, Section, Text
from medpeft_sdk.analysis.report.table import Column, Table, text_column
from medpeft_sdk.analysis.searches import Searched
from medpeft_sdk.units import counted


def section(evidence: Evidence) -> Section:
    """Lists cells without a number by method and reason, then one by one."""
    parts: list[Part] = []
    found = missing(evidence.scores.gaps)
    if not found:
        parts.append(Text(f"Every cell has a number for {evidence.metric.name}."))
    else:
        parts += [_overview(found), _cells(found)]
    if evidence.unfinished:
        parts.append(_trials(evidence.unfinished))
    if evidence.damaged:
        count = counted(len(evidence.damaged), "stored result")
        parts.append(Text(f"{count} could not be read and had to be left out:"))
        parts += [Text(error) for error in evidence.damaged]
    return Section("Failures and missing cells", tuple(parts))


def _overview(found: tuple[Missing, ...]) -> Table:
    reasons: dict[tuple[str, str, str], list[Missing]] = {}
    for cells in found:
        reasons.setdefault((cells.method, cells.backbone, cells.reason), []).append(cells)
    return Table(
        name="missing",
        caption="Cells without a number. None is filled in: a comparison is over the runs that "
        "its methods share.",
        columns=(
            text_column("method"),
            text_column("backbone"),
            Column("cells", formats.count),
            text_column("datasets"),
            text_column("data"),
            text_column("why", long=True),
        ),
        rows=tuple(
            (
                method,
                backbone,
                sum(len(cells.seeds) for cells in group),
                formats.listed(list(dict.fromkeys(cells.dataset for cells in group))),
                formats.listed(list(dict.fromkeys(cells.fraction for cells in group))),
                reason,
            )
            for (method, backbone, reason), group in reasons.items()
        ),
    )


def _cells(found: tuple[Missing, ...]) -> Table:
    names = ("method", "dataset", "backbone", "data", "seeds")
    return Table(
        name="missing-cells",
        caption="The same, setting by setting.",
        columns=(*map(text_column, names), text_column("why", long=True)),
        rows=tuple(
            (m.method, m.dataset, m.backbone, m.fraction, ", ".join(map(str, m.seeds)), m.reason)
            for m in found
        ),
        folded=True,
    )


def _trials(found: tuple[Searched, ...]) -> Table:
    names = ("method", "dataset", "backbone", "data")
    return Table(
        name="missing-trials",
        caption="Searches that lack trials which their cells were chosen by.",
        columns=(*map(text_column, names), text_column("why", long=True)),
        rows=tuple(
            (s.spec.method, s.spec.dataset.name, s.spec.backbone.name, str(s.spec.subset), s.gap)
            for s in found
        ),
    )
