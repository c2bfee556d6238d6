"""All methods in one table: mean, group, difference to the reference."""

from __future__ import annotations

from collections.abc import Mapping

from medpeft_sdk.analysis.differences import Difference
from medpeft_sdk.analysis.pooled import Pooled
from medpeft_sdk.analysis.ranking import Ranking
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.drawing import Drawing
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.figures.forest import forest
from medpeft_sdk.analysis.report.parts import Absent, Part, Section, Text
from medpeft_sdk.analysis.report.table import Column, Interval, Table, text_column
from medpeft_sdk.analysis.tied import letters
from medpeft_sdk.units import counted


def section(evidence: Evidence) -> Section:
    """Shows every method that has an answer, best first."""
    parts: list[Part] = []
    if isinstance(evidence.means, Absent) and not evidence.versus:
        return Section("All methods", (evidence.means,))
    if isinstance(evidence.means, Absent):
        parts.append(Absent(f"{evidence.means.why}; the differences below are over what two share"))
    elif len(evidence.versus) + 1 < len(evidence.means):
        parts.append(Text(f"Not all methods share a run with {evidence.reference}."))
    parts.append(_table(evidence))
    if evidence.versus:
        parts.append(_drawing(evidence))
    return Section("All methods", tuple(parts))


def _table(evidence: Evidence) -> Table:
    means = {} if isinstance(evidence.means, Absent) else evidence.means
    groups = () if isinstance(evidence.ties, Absent) else evidence.ties.groups
    ranks = _ranks(evidence.ranking)
    named = letters(tuple(means), groups) if groups else {}
    unranked = [m for m in evidence.scores.methods if m not in means and m in evidence.versus]
    trainable = evidence.trainable
    metric = evidence.metric.name
    return Table(
        name="methods",
        caption=f"{evidence.metric.title}: {_ground(means)}.",
        columns=(
            text_column("method"),
            Column(f"{metric} [{formats.PERCENT}]", formats.score),
            text_column("group"),
            *([Column("rank", lambda rank: f"{rank:.2f}")] if ranks else []),
            Column(f"minus {evidence.reference} [{formats.PERCENT}]", formats.signed),
            Column("P(better)", formats.probability),
            Column("p (Holm)", formats.p_value),
            text_column("n"),
            Column("trainable", formats.count),
        ),
        rows=tuple(
            (
                method,
                Interval.of(means[method].here, evidence.metric.range) if method in means else None,
                named.get(method),
                *([ranks.get(method)] if ranks else []),
                *_versus(evidence.versus.get(method)),
                trainable.get(method),
            )
            for method in (*means, *unranked)
        ),
        note="Methods that share a letter cannot be told apart on these datasets (all pairs, "
        "Holm, 5 %); ~22: not from 22 others, where letters are too few. Intervals of two methods "
        "may overlap although they differ, because both are "
        "tested on the same patients: the difference is what to read. P(better) is the "
        "probability of being truly better than the reference here. n is seeds × patients, or × "
        "images where patients are not known, of all datasets together; patients only: one seed in "
        "common, although there are several, so that nothing can be tested. Trainable parameters "
        "include the classifier; where classes or backbones differ, they are the most.",
    )


def _ground(means: Mapping[str, Pooled]) -> str:
    if not means:
        return "differences on the runs that two methods share"
    mean = next(iter(means.values()))
    return f"mean over {counted(mean.datasets, 'dataset')} on the runs that all methods have"


def _ranks(ranking: Ranking | Absent) -> dict[str, float]:
    if isinstance(ranking, Absent):
        return {}
    return dict(zip(ranking.methods, ranking.ranks, strict=True))


def _versus(difference: Difference | None) -> tuple[object, ...]:
    if difference is None:
        return (None,) * 4
    mean = difference.mean
    ground = f"{mean.seeds} × {mean.patients:,}" if mean.patients else counted(mean.seeds, "seed")
    return (
        Interval.of(mean.here),
        difference.probability,
        difference.p_holm,
        f"{ground}, patients only" if difference.untested else ground,
    )


def _drawing(evidence: Evidence) -> Drawing:
    return Drawing(
        name="differences",
        caption=f"{evidence.metric.title} minus that of {evidence.reference}, with "
        f"{formats.PERCENT} intervals; {'right' if evidence.metric.higher_is_better else 'left'} "
        "of the line is better. Filled: the difference remains after Holm's correction. Grey: one "
        "seed in common, although there are several; the interval covers patients only.",
        figure=forest(
            tuple(evidence.versus.values()),
            label=f"{evidence.metric.name} minus {evidence.reference}",
            higher_is_better=evidence.metric.higher_is_better,
        ),
    )
