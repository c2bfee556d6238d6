"""Average ranks over datasets, as a critical-difference diagram."""

from __future__ import annotations

from medpeft_sdk.analysis.diagram import diagram
from medpeft_sdk.analysis.ranking import Ranking
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.figures.ranks import ranks
from medpeft_sdk.analysis.report.parts import Absent, Section, Text
from medpeft_sdk.drawing import Drawing
from medpeft_sdk.units import counted


def section(evidence: Evidence) -> Section:
    """Draws the ranks, and says what they prove."""
    ranking = evidence.overall.ranking
    if isinstance(ranking, Absent):
        return Section("Ranks over datasets", (ranking,))
    drawing = Drawing(
        name="ranks",
        caption=f"Average ranks over {counted(len(ranking.datasets), 'dataset')}; 1 is best. "
        "Methods under one bar cannot be told apart by their ranks.",
        figure=ranks(diagram(ranking)),
    )
    return Section("Ranks over datasets", (Text(_said(ranking)), drawing))


def _said(ranking: Ranking) -> str:
    said = "Within each dataset methods are ranked by their mean; each dataset counts once."
    if ranking.friedman_p is not None:
        said += f" Friedman's test of no difference at all: {formats.p_equals(ranking.friedman_p)}."
    if ranking.critical_difference is not None:
        said += (
            f" Nemenyi's critical difference is {ranking.critical_difference:.2f} ranks: methods "
            "further apart differ."
        )
    if ranking.smallest_p >= 1 - ranking.level:
        said += " There are too few datasets for ranks to tell any two methods apart."
    return said
