"""The table at the end of a run: one line a method, over its seeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

from medpeft_sdk.analysis import Gap
from medpeft_sdk.cli.console import err, interval_text, out, print_table
from medpeft_sdk.errors import StoreError
from medpeft_sdk.registry import Registry
from medpeft_sdk.results import ResultStore, Summary, by_protocol, summarise
from medpeft_sdk.specs import CellSpec, ResultSpec
from medpeft_sdk.units import counted, human_bytes, human_seconds


def print_summary(results: Sequence[ResultSpec], folder: Path, registry: Registry) -> None:
    """Prints a table for each protocol, dataset and backbone; the registry knows ranges."""
    protocols = by_protocol(results)
    ranges = metric_ranges(registry)
    tables: dict[tuple[str, ...], list[Summary]] = {}
    for protocol, found in protocols.items():
        for summary in summarise(found, ranges=ranges):
            about = (protocol, summary.dataset, summary.backbone, summary.rules)
            tables.setdefault(about, []).append(summary)
    for (protocol, dataset, backbone, rules), rows in tables.items():
        metric = next((name for s in rows for name in s.metrics), "")
        synthetic = " (synthetic images)" if rows[0].synthetic else ""
        n = next((s.metrics[metric].n for s in rows if metric in s.metrics), 0)
        seed_counts = {len(s.seeds) for s in rows}
        with_seeds = len(seed_counts) > 1
        columns = ["data", "method", f">{metric or 'metric'} [95 %]"]
        columns += [*([">seeds"] if with_seeds else []), ">trainable", ">time", ">memory"]
        ordered = _best_first(rows, metric)
        title = [f"{dataset}{synthetic}", backbone]
        if len(protocols) > 1:
            title.append(protocol)
        elif rules != "fixed":
            title.append(rules)
        title += [counted(n, "test image")] if n else []
        title += [] if with_seeds else [counted(seed_counts.pop(), "seed")]
        lines = [_row(summary, metric, with_seeds=with_seeds) for summary in ordered]
        print_table(" · ".join(title), columns, lines)
        for summary in ordered:
            _print_notes(summary, rows)
    err.print(
        "Mean over seeds; the interval covers test images and, from two seeds on, seeds. Whether\n"
        f"two methods differ is not to be seen from two of them: medpeft results rank {folder}\n"
        "Time and memory are those of one cell. All metrics and costs: medpeft results export "
        f"{folder}",
        style="dim",
        soft_wrap=True,
    )


def absent(results: Iterable[ResultSpec], store: ResultStore) -> tuple[list[Gap], list[StoreError]]:
    """Lists the cells of the results' protocols that have no result, not even a failed one.

    Returns:
        The cells, and what is wrong with protocols that cannot be read.
    """
    of: dict[str, list[ResultSpec]] = {}
    for result in results:
        of.setdefault(result.protocol.hash, []).append(result)
    gaps: list[Gap] = []
    errors: list[StoreError] = []
    for digest, found in of.items():
        try:
            protocol = store.read_protocol(digest)
        except StoreError as error:
            errors.append(error)
            continue
        there = {(*_setting(result.cell), result.cell.seed) for result in found}
        methods = dict.fromkeys((*protocol.methods, *sorted({r.cell.method for r in found})))
        subsets = tuple(map(str, protocol.subsets))
        grid = product(methods, protocol.datasets, protocol.backbones, subsets, protocol.seeds)
        gaps += [Gap(*cell, reason="no result") for cell in grid if cell not in there]
    return gaps, errors


def _setting(cell: CellSpec) -> tuple[str, str, str, str]:
    return cell.method, cell.dataset.name, cell.backbone.name, str(cell.subset)


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


def _row(summary: Summary, metric: str, *, with_seeds: bool) -> tuple[str, ...]:
    parameters = f"{summary.parameters.trainable:,}" if summary.parameters else ""
    estimate = summary.metrics.get(metric)
    costs = summary.costs
    seconds = [c.setup_seconds + c.training_seconds + c.evaluation_seconds for c in costs]
    return (
        summary.fraction,
        summary.method,
        interval_text(estimate),
        *([str(len(summary.seeds))] if with_seeds else []),
        parameters,
        human_seconds(statistics.mean(seconds)) if seconds else "",
        human_bytes(max(c.peak_memory_bytes for c in costs)) if costs else "",
    )


def _print_notes(summary: Summary, rows: Sequence[Summary]) -> None:
    """Prints what a row cannot hold: failures, and the settings that tell rows apart."""
    name = f"{summary.fraction} {summary.method}"
    counts = [f"{n} {status}" for status, n in summary.statuses.items() if status != "ok"]
    if counts:
        reasons = "; ".join(summary.reasons)
        out.print(f" {name}: {', '.join(counts)}: {reasons}", soft_wrap=True)
    same = [r for r in rows if (r.fraction, r.method) == (summary.fraction, summary.method)]
    if len(same) > 1:
        differing = {
            key: value
            for key, value in summary.settings.items()
            if any(other.settings.get(key) != value for other in same)
        }
        told = ", ".join(f"{key} = {value}" for key, value in differing.items())
        best = interval_text(summary.metrics.get(next(iter(summary.metrics), "")))
        out.print(f" {name} {best}: {told}", soft_wrap=True)
