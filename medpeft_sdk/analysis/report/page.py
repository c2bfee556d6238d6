"""The page: one file that opens offline."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from medpeft_sdk import __version__
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Section
from medpeft_sdk.drawing import palette
from medpeft_sdk.units import counted


def page(evidence: Evidence, sections: Sequence[Section]) -> str:
    """Writes the report as HTML, with its style, its script and its figures inside."""
    environment = Environment(
        loader=PackageLoader("medpeft_sdk.analysis.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("page.html").render(
        title=_title(evidence),
        evidence=evidence,
        sections=sections,
        colours=list(zip(palette.ALL, palette.DARK, strict=True)),
        version=__version__,
    )


def _title(evidence: Evidence) -> str:
    methods = counted(len(evidence.scores.methods), "method")
    return f"{methods} on {formats.listed(evidence.scores.datasets)}"
