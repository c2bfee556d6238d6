"""All methods in one table: mean, group, difference to the reference."""

from __future__ import annotations

from collections.abc import Mapping

from medpeft_sdk.analysis.common import Standing
from medpeft_sdk.analysis.differences import Difference
from medpeft_sdk.analysis.ranking import Ranking
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.compared import Compared
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.figures.forest import forest
from medpeft_sdk.analysis.report.parts import Absent, Part, Section, Text
from medpeft_sdk.analysis.report.table import Column, Interval, Table, text_column
from medpeft_sdk.analysis.tied import letters
from medpeft_sdk.drawing import Drawing
from medpeft_sdk.units import counted


def section(evidence: Evidence) -> Section:
    """Shows every method that has an answer, best first; then each of several backbones alone."""
    parts = _parts(evidence, evidence.overall)
    for backbone, compared in evidence.by_backbone.items():
        parts += _parts(evidence, compared, backbone)
    return Section("All methods", tuple(parts))


def _parts(evidence: Evidence, compared: Compared, backbone: str | None = None) -> list[Part]:
    on = "" if backbone is None else f"{backbone}: "
    parts: list[Part] = []
    if isinstance(compared.standing, Absent):
        if not compared.versus:
            return [Absent(f"{on}{compared.standing.why}")]
        why = f"{on}{compared.standing.why}; the differences below are over what two share"
        parts.append(Absent(why))
    else:
        parts += map(Text, _left_out(evidence, compared.standing, on))
    parts.append(_table(evidence, compared, backbone))
    if compared.versus:
        parts.append(_drawing(evidence, compared, backbone))
    return parts


def _left_out(evidence: Evidence, standing: Standing, on: str) -> list[str]:
    told: list[str] = []
    if standing.left_out:
        names = formats.listed(standing.left_out)
        told.append(
            f"{on}left out for lack of an answer on some backbone: {names}; the tables of single "
            "backbones have them."
        )
    if evidence.reference not in standing.methods:
        told.append(
            f"{on}no differences, because {evidence.reference} has no answer on all backbones."
        )
    return [text[0].upper() + text[1:] for text in told]


def _table(evidence: Evidence, compared: Compared, backbone: str | None) -> Table:
    means = {} if isinstance(compared.means, Absent) else compared.means
    groups = () if isinstance(compared.ties, Absent) else compared.ties.groups
    ranks = _ranks(compared.ranking)
    named = letters(tuple(means), groups) if groups else {}
    unranked = () if means else tuple(compared.versus)
    trainable = evidence.trainable(tuple(means) or unranked, backbone)
    metric = evidence.metric.name
    about = evidence.metric.title if backbone is None else f"{backbone}: {evidence.metric.title}"
    return Table(
        name=_named("methods", backbone),
        caption=f"{about}, {_ground(compared.standing)}.",
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
                *_versus(evidence, compared.versus.get(method)),
                trainable.get(method),
            )
            for method in (*means, *unranked)
        ),
        note=_NOTE if backbone is None else "",
    )


_NOTE = (
    "Methods that share a letter cannot be told apart on these datasets (all pairs, Holm, 5 %); "
    "~22: not from 22 others, where letters are too few. Intervals of two methods may overlap "
    "although they differ, because both are tested on the same patients: the difference is what "
    "to read. It is over all runs that a method shares with the reference, and so not that of the "
    "means where these are of fewer. P(better) is the probability of being truly better than the "
    "reference here. n is seeds × patients, or × images where patients are not known, of all "
    "datasets together; patients only: one seed in common on a dataset, although there are "
    "several, so that nothing can be tested. Trainable parameters include the classifier; where "
    "classes or backbones differ, they are the most in a setting that all methods have."
)


def _named(name: str, backbone: str | None) -> str:
    return name if backbone is None else f"{name}-{backbone}"


def _ground(standing: Standing | Absent) -> str:
    if isinstance(standing, Absent):
        return "differences on the runs that two methods share"
    runs = f"{counted(standing.meant, 'run')} a method"
    if standing.runs < standing.meant:
        runs = f"{standing.runs:,} of {runs}, which all have"
    return f"mean over {counted(len(standing.datasets), 'dataset')}, {runs}"


def _ranks(ranking: Ranking | Absent) -> Mapping[str, float]:
    if isinstance(ranking, Absent):
        return {}
    return dict(zip(ranking.methods, ranking.ranks, strict=True))


def _versus(evidence: Evidence, difference: Difference | None) -> tuple[object, ...]:
    if difference is None:
        return (None,) * 4
    mean = difference.mean
    ground = f"{mean.seeds} × {mean.patients:,}" if mean.patients else counted(mean.seeds, "seed")
    return (
        Interval.of(mean.here, evidence.scores.difference_range),
        difference.probability,
        difference.p_holm,
        f"{ground}, patients only" if difference.untested else ground,
    )


def _drawing(evidence: Evidence, compared: Compared, backbone: str | None) -> Drawing:
    on = "" if backbone is None else f"{backbone}: "
    return Drawing(
        name=_named("differences", backbone),
        caption=f"{on}{evidence.metric.title} minus that of {evidence.reference}, with "
        f"{formats.PERCENT} intervals; {'right' if evidence.metric.higher_is_better else 'left'} "
        "of the line is better. Filled: the difference remains after Holm's correction. Grey: one "
        "seed in common on a dataset, although there are several; the interval covers patients "
        "only.",
        figure=forest(
            tuple(compared.versus.values()),
            label=f"{evidence.metric.name} minus {evidence.reference}",
            higher_is_better=evidence.metric.higher_is_better,
        ),
    )
