"""What ``medpeft results compare`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from medpeft_sdk.analysis import Comparison, Gap, Pooled
from medpeft_sdk.cli.console import err, interval_text, out, print_table
from medpeft_sdk.cli.ranking import gap_lines
from medpeft_sdk.specs import Estimate


class Told(NamedTuple):
    """What has to be known of a protocol and its metric to say how two methods differ."""

    range: tuple[float, float]
    several: bool


def comparison_data(comparison: Comparison, told: Told) -> dict[str, Any]:
    """Turns a comparison into plain data that JSON can hold."""
    row, mean = asdict(comparison), comparison.mean
    del row["mean"]
    untested = mean.untested(several=told.several)
    return row | {
        "difference": _estimate(mean, told.range).model_dump(exclude={"reason"}),
        "p": None if untested else mean.here.p,
        "untested": untested,
        "covers": list(mean.covers),
        "cannot_cover": list(mean.cannot_cover),
    }


def _estimate(mean: Pooled, span: tuple[float, float]) -> Estimate:
    low, high = mean.here.interval(within=span) or (None, None)
    return Estimate(value=mean.here.value, low=low, high=high, n=mean.patients)


def print_comparisons(
    comparisons: Sequence[Comparison],
    difference: str,
    told: Told,
    gaps: Sequence[Gap],
) -> None:
    """Prints a table for each dataset and backbone, and what has no number."""
    settings: dict[str, list[tuple[object, ...]]] = {}
    for c in comparisons:
        synthetic = " (synthetic images)" if c.synthetic else ""
        row = (
            c.fraction,
            interval_text(_estimate(c.mean, told.range), sign=True),
            len(c.seeds),
            c.mean.patients,
        )
        rules = "" if c.rules == "fixed" else f" · {c.rules}"
        settings.setdefault(f"{c.dataset}{synthetic} · {c.backbone}{rules}", []).append(row)
    for setting, lines in settings.items():
        columns = ("data", f">{difference}", ">seeds", ">n")
        print_table(setting, columns, lines)
    if any("seeds" in c.mean.cannot_cover for c in comparisons):
        out.print(
            " one seed: the interval is of patients alone, and training may do more"
            + (", so that nothing can be tested" if told.several else ""),
            soft_wrap=True,
        )
    for line in gap_lines(gaps):
        out.print(f" {line}", soft_wrap=True)
    err.print(
        "Mean over common seeds. The interval is Student's, of seeds and patients, as in medpeft "
        "results\nrank. n: patients, or images where patients are not known.",
        style="dim",
        soft_wrap=True,
    )
