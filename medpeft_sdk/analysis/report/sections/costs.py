"""What answers cost, a table a backbone."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Absent, Section
from medpeft_sdk.analysis.report.table import Column, Table, text_column
from medpeft_sdk.specs import Costs, Inference, ParameterCounts
from medpeft_sdk.units import human_bytes, human_flops, human_seconds

_PARAMETERS: tuple[tuple[Column, Callable[[ParameterCounts], int]], ...] = (
    (Column("trainable", formats.count), lambda p: p.trainable),
    (Column("added", formats.count), lambda p: p.added),
    (Column("stored", formats.count), lambda p: p.stored),
)
_COSTS: tuple[tuple[Column, Callable[[Costs], float | None]], ...] = (
    (Column("set up", human_seconds), lambda c: c.setup_seconds),
    (Column("training", human_seconds), lambda c: c.training_seconds),
    (Column("evaluation", human_seconds), lambda c: c.evaluation_seconds),
    (Column("images/s", formats.scaled), lambda c: c.images_per_second),
    (Column("peak memory", human_bytes), lambda c: c.peak_memory_bytes),
    (Column("training step", human_flops), lambda c: c.training_step and c.training_step.flops),
    (Column("inference", human_flops), lambda c: c.inference and c.inference.flops),
    (Column("latency", human_seconds), lambda c: _latency(c.inference)),
    (Column("merged", human_seconds), lambda c: _latency(c.merged)),
    (Column("energy", formats.joules), lambda c: c.energy and c.energy.joules),
)


def section(evidence: Evidence) -> Section:
    """Shows parameters, time and memory."""
    tables = [
        table
        for backbone in dict.fromkeys(s.backbone for s in evidence.summaries)
        if (table := _table(evidence, backbone)).rows
    ]
    return Section("Costs", tuple(tables) or (Absent("no cell has an answer"),))


def _larger(a: ParameterCounts | None, b: ParameterCounts | None) -> ParameterCounts | None:
    return max((a, b), key=lambda counts: counts.trainable if counts else -1)


def _table(evidence: Evidence, backbone: str) -> Table:
    found: dict[str, tuple[ParameterCounts | None, list[Costs]]] = {}
    for summary in (s for s in evidence.summaries if s.backbone == backbone):
        if summary.costs:
            most, costs = found.get(summary.method, (None, []))
            found[summary.method] = _larger(most, summary.parameters), [*costs, *summary.costs]
    rows = [(method, *_row(*of)) for method, of in sorted(found.items())]
    columns = [text_column("method"), *(column for column, _ in (*_PARAMETERS, *_COSTS))]
    known = [at for at in range(len(columns)) if any(row[at] is not None for row in rows)]
    return Table(
        name=f"costs-{backbone.replace('/', '-')}",
        caption=f"{backbone}: the most parameters, and the mean of what one cell took.",
        columns=tuple(columns[at] for at in known),
        rows=tuple(tuple(row[at] for at in known) for row in rows),
        note="Parameters: those that receive gradients and those in the saved adapter include "
        "the classifier, which is larger where there are more classes; added ones do not. Time "
        "and memory are those of the machine above, and vary with what else it does. Latency is "
        "the median for one image, merged that of the network that the method was merged into; "
        "energy is that of the whole GPU board in training. What no result tells has no column.",
    )


def _row(parameters: ParameterCounts | None, costs: Sequence[Costs]) -> tuple[object, ...]:
    return (
        *(parameters and of(parameters) for _, of in _PARAMETERS),
        *(_mean([value for c in costs if (value := of(c)) is not None]) for _, of in _COSTS),
    )


def _latency(inference: Inference | None) -> float | None:
    return inference.single.median_seconds if inference and inference.single else None


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None
