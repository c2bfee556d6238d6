"""The table of subgroups: how far apart they are, a line a method and attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from medpeft_sdk.cli.console import err, interval_text, print_table
from medpeft_sdk.cli.summary import metric_ranges
from medpeft_sdk.registry import Registry
from medpeft_sdk.results import Summary, summarise
from medpeft_sdk.specs import ResultSpec

_COLUMNS = ("data", "method", "attribute", ">gap [95 %]", "worst group", ">worst [95 %]")


def print_subgroups(results: Sequence[ResultSpec], registry: Registry) -> None:
    """Prints a table for each dataset and backbone whose subgroups are compared."""
    tables: dict[str, list[tuple[str, ...]]] = {}
    for summary in summarise(results, ranges=metric_ranges(registry)):
        for attribute, disparities in summary.disparities.items():
            if not disparities:
                continue
            metric, disparity = next(iter(disparities.items()))
            tables.setdefault(_title(summary, metric), []).append(
                (
                    summary.fraction,
                    summary.method,
                    attribute,
                    interval_text(disparity.gap),
                    disparity.worst_group,
                    interval_text(disparity.worst),
                )
            )
    for title, lines in tables.items():
        print_table(title, _COLUMNS, lines)
    if tables:
        err.print(
            "Gap between the best and the worst subgroup, mean over seeds. Where seeds differ in\n"
            "which one is worst, all are named, the most frequent first, and worst is the mean of\n"
            "each seed's own. Chance alone makes gaps: read the interval. All subgroups, those\n"
            "left out, and other metrics: --json",
            style="dim",
            soft_wrap=True,
        )
    for line in dict.fromkeys(line for result in results for line in _omissions(result)):
        err.print(line, style="dim", soft_wrap=True)


def _title(summary: Summary, metric: str) -> str:
    synthetic = " (synthetic images)" if summary.synthetic else ""
    return f"{metric} in subgroups · {summary.dataset}{synthetic} · {summary.backbone}"


def _omissions(result: ResultSpec) -> Iterator[str]:
    """Says which attributes are not compared, and which subgroups have no metrics."""
    for attribute, subgroups in result.subgroups.items():
        reasons = [subgroups.reason] if subgroups.reason else []
        reasons += [f"{g.value} ({g.n}): {g.reason}" for g in subgroups.groups if g.reason]
        if reasons:
            yield f"{result.cell.dataset.name}, {attribute}: {'; '.join(reasons)}"
