"""The table at the end of a run: one line a method, over its seeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from medpeft_sdk.cli.console import err, human_bytes, human_seconds, print_table
from medpeft_sdk.results import Summary, summarise
from medpeft_sdk.specs import Estimate, ResultSpec


def print_summary(results: Sequence[ResultSpec], folder: Path) -> None:
    """Prints a table for each dataset and backbone."""
    summaries = summarise(results)
    tables: dict[tuple[str, str], list[Summary]] = {}
    for summary in summaries:
        tables.setdefault((summary.dataset, summary.backbone), []).append(summary)
    for (dataset, backbone), rows in tables.items():
        metric = next((name for s in rows for name in s.metrics), "")
        synthetic = " (synthetic images)" if rows[0].synthetic else ""
        n = next((s.metrics[metric].n for s in rows if metric in s.metrics), 0)
        columns = ["data", "method", f">{metric} [95 %]", ">seeds", ">trainable", ">time", ">memory"]
        lines = [_row(summary, metric) for summary in _best_first(rows, metric)]
        if any(line[-1] for line in lines):
            columns.append("note")
        else:
            lines = [line[:-1] for line in lines]
        print_table(f"{dataset}{synthetic} · {backbone} · {n} test images", columns, lines)
    err.print(
        "Mean over seeds; the interval covers test images and, from two seeds on, seeds. Time and\n"
        f"memory are those of one cell. All metrics and costs: medpeft results export {folder}",
        style="dim",
    )


def _best_first(rows: Iterable[Summary], metric: str) -> list[Summary]:
    """Keeps subsets in their order; within one, the highest value comes first."""
    by_subset: dict[str, list[Summary]] = {}
    for row in rows:
        by_subset.setdefault(row.fraction, []).append(row)

    def rank(summary: Summary) -> float:
        estimate = summary.metrics.get(metric)
        return -estimate.value if estimate and estimate.value is not None else float("inf")

    return [row for group in by_subset.values() for row in sorted(group, key=rank)]


def _row(summary: Summary, metric: str) -> tuple[str, ...]:
    parameters = f"{summary.parameters.trainable:,}" if summary.parameters else ""
    estimate = summary.metrics.get(metric)
    costs = summary.costs
    seconds = [c.setup_seconds + c.training_seconds + c.evaluation_seconds for c in costs]
    return (
        summary.fraction,
        summary.method,
        _interval(estimate),
        str(len(summary.seeds)),
        parameters,
        human_seconds(statistics.mean(seconds)) if seconds else "",
        human_bytes(max(c.peak_memory_bytes for c in costs)) if costs else "",
        _note(summary),
    )


def _interval(estimate: Estimate | None) -> str:
    if estimate is None or estimate.value is None:
        return "—"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _note(summary: Summary) -> str:
    counts = [f"{n} {status}" for status, n in summary.statuses.items() if status != "ok"]
    return "; ".join([*counts, *summary.reasons])
