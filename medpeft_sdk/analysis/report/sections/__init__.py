"""The sections of a report, one a module: each takes the evidence and says what it holds."""

from __future__ import annotations

from collections.abc import Callable

from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Section
from medpeft_sdk.analysis.report.sections import (
    costs,
    curves,
    datasets,
    findings,
    gains,
    methods,
    missing,
    pareto,
    ranks,
    reproduce,
    run,
    search,
    sizes,
    subgroups,
)

SECTIONS: tuple[Callable[[Evidence], Section], ...] = (
    findings.section,
    run.section,
    methods.section,
    curves.section,
    gains.section,
    sizes.section,
    ranks.section,
    datasets.section,
    subgroups.section,
    pareto.section,
    costs.section,
    search.section,
    missing.section,
    reproduce.section,
)
"""In the order of the page."""
