"""The page: one file that opens offline."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from medpeft_sdk import __version__
from medpeft_sdk.analysis.report import palette
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Section


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
        evidence=evidence,
        sections=sections,
        colours=list(zip(palette.ALL, palette.DARK, strict=True)),
        version=__version__,
    )
