"""The table at the end of a run: one line a method, over its seeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from medpeft_sdk.cli.console import err, human_bytes, human_seconds, interval_text, print_table
from medpeft_sdk.registry import Registry
from medpeft_sdk.results import Summary, summarise
from medpeft_sdk.specs import ResultSpec


def print_summary(results: Sequence[ResultSpec], folder: Path, registry: Registry) -> None:
    """Prints a table for each dataset and backbone; the registry knows the metrics' ranges."""
    summaries = summarise(results, ranges=metric_ranges(registry))
    tables: dict[tuple[str, str], list[Summary]] = {}
    for summary in summaries:
        tables.setdefault((summary.dataset, summary.backbone), []).append(summary)
    for (dataset, backbone), rows in tables.items():
        metric = next((name for s in rows for name in s.metrics), "")
        synthetic = " (synthetic images)" if rows[0].synthetic else ""
        n = next((s.metrics[metric].n for s in rows if metric in s.metrics), 0)
        columns = ["data", "method", f">{metric} [95 %]"]
        columns += [">seeds", ">trainable", ">time", ">memory"]
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
        soft_wrap=True,
    )


def metric_ranges(registry: Registry) -> dict[str, tuple[float, float]]:
    """Returns the smallest and largest value of every registered metric."""
    return {entry.spec.name: entry.spec.range for entry in registry.metrics}


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
        interval_text(estimate),
        str(len(summary.seeds)),
        parameters,
        human_seconds(statistics.mean(seconds)) if seconds else "",
        human_bytes(max(c.peak_memory_bytes for c in costs)) if costs else "",
        _note(summary),
    )


def _note(summary: Summary) -> str:
    counts = [f"{n} {status}" for status, n in summary.statuses.items() if status != "ok"]
    return "; ".join([*counts, *summary.reasons])
