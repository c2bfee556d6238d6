"""What the statistics say, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from medpeft_sdk.analysis.gains import Gain, largest
from medpeft_sdk.analysis.pooled import Pooled
from medpeft_sdk.analysis.report import formats
from medpeft_sdk.analysis.report.compared import Compared
from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.parts import Absent, Finding, Findings, Part, Section, Text
from medpeft_sdk.analysis.report.sections.cautions import cautions
from medpeft_sdk.analysis.report.table import Interval
from medpeft_sdk.analysis.student import LEVEL
from medpeft_sdk.units import counted


def section(evidence: Evidence) -> Section:
    """Says what was found, and above it what a reader has to beware of."""
    found = tuple(finding for find in _FINDERS for finding in find(evidence))
    parts: list[Part] = [*cautions(evidence)]
    parts.append(Findings(found) if found else Text("These results are too few for a finding."))
    return Section("Findings", tuple(parts))


def _compared(evidence: Evidence) -> Iterator[Finding]:
    """How methods compare over all backbones, and on each where some methods do not have all."""
    yield from _on_one_ground(evidence, evidence.overall)
    standing = evidence.overall.standing
    if isinstance(standing, Absent) or standing.left_out:
        for backbone, compared in evidence.by_backbone.items():
            for finding in _on_one_ground(evidence, compared, backbone):
                yield replace(finding, claim=f"On {backbone}: {finding.claim}")


def _on_one_ground(
    evidence: Evidence, compared: Compared, backbone: str | None = None
) -> Iterator[Finding]:
    yield from _best(evidence, compared, backbone)
    yield from _versus(evidence, compared)


def _best(evidence: Evidence, compared: Compared, backbone: str | None) -> Iterator[Finding]:
    """Which method is best, and which cannot be told apart from it."""
    if isinstance(compared.means, Absent) or isinstance(compared.ties, Absent):
        return
    names, metric = tuple(compared.means), evidence.metric
    if len(names) < 2:
        return
    best, mean = names[0], compared.means[names[0]]
    value = formats.score(Interval.of(mean.here, metric.range))
    groups = compared.ties.groups
    near = {name for group in groups if best in group for name in group}
    tied = [name for name in names if name in near and name != best]
    extreme = "highest" if metric.higher_is_better else "lowest"
    claim = f"{best} has the {extreme} {metric.name}, {value}"
    untested = compared.ties.untested
    if untested == len(compared.ties.pairs):
        claim += "; no two methods can be tested, for they have one seed in common."
    elif len(groups) == 1:
        claim += f", and no two of the {len(names)} methods can be told apart."
    elif len(tied) == len(names) - 1:
        claim += f"; none of the {len(tied)} others can be told apart from it."
    elif tied:
        claim += f"; {formats.listed(tied)} cannot be told apart from it."
    else:
        claim += f", and differs from each of the {len(names) - 1} others."
    pairs = counted(len(compared.ties.pairs), "pair")
    pairs += f", {untested} of them untested for lack of seeds" if untested else ""
    without = ""
    if not isinstance(compared.standing, Absent) and compared.standing.left_out:
        without = f" Not on every backbone: {formats.listed(compared.standing.left_out)}."
    yield Finding(claim, f"Mean over {_basis(mean)}; {pairs}, Holm, 5 %.{without}")
    trainable = evidence.trainable(names, backbone)
    trained = {name: n for name, n in trainable.items() if name in (best, *tied)}
    if tied and trained and not untested:
        least = min(trained, key=lambda name: (trained[name], name))
        if trained[least] < trained[best]:
            yield Finding(
                f"Of {best} and what cannot be told apart from it, {least} trains the fewest "
                f"parameters: {trained[least]:,}, which is "
                f"{100 * trained[least] / trained[best]:.2g} % of what {best} trains.",
                "Trainable parameters, classifier included.",
            )


def _versus(evidence: Evidence, compared: Compared) -> Iterator[Finding]:
    """How many methods are better than the reference, and by how much the best of them."""
    found = list(compared.versus.values())
    if not found:
        return
    sign = 1 if evidence.metric.higher_is_better else -1
    differing = [d for d in found if d.p_holm is not None and d.p_holm < 1 - LEVEL]
    better = [d.a for d in differing if sign * d.mean.here.value > 0]
    worse = [d.a for d in differing if sign * d.mean.here.value < 0]
    rest = len(found) - len(differing)
    known = [d for d in differing if d.a in better] or [d for d in found if not d.untested]
    best = max(known or found, key=lambda d: sign * d.mean.here.value)
    above = sign * best.mean.here.value > 0
    nearest = "the largest difference for the better is that of" if above else "nearest to it is"
    amount = formats.signed(Interval.of(best.mean.here, evidence.scores.difference_range))
    claim = (
        f"Of {counted(len(found), 'method')} compared with {evidence.reference}, {len(better)} "
        f"{'is' if len(better) == 1 else 'are'} better, {len(worse)} worse, and {rest} cannot be "
        f"told apart from it; {nearest} {best.a}, "
        f"{amount}{_ONE_SEED if best.untested else ''}."
    )
    tested = "" if best.p_holm is None else f"; {formats.p_equals(best.p_holm)}"
    count = sum(d.p_holm is not None for d in found)
    holm = f", Holm over {count}" if count else "; none can be tested, for lack of seeds"
    yield Finding(
        claim,
        f"Mean over {_basis(best.mean)}{tested}{holm}."
        + _more_comparisons(compared, evidence.reference, [d.a for d in differing]),
    )


def _more_comparisons(compared: Compared, reference: str, differing: Sequence[str]) -> str:
    """Says which methods differ from the reference alone, and not where all pairs are tested."""
    if isinstance(compared.ties, Absent):
        return ""
    near = {name for group in compared.ties.groups if reference in group for name in group}
    pairs = [{pair.a, pair.b} for pair in compared.ties.pairs if not pair.untested]
    tested = set[str]().union(*(pair for pair in pairs if reference in pair))
    lost = [name for name in differing if name in near and name in tested]
    if not lost:
        return ""
    number = counted(len(compared.ties.pairs), "pair")
    return (
        f" Where all {number} are tested, which asks for larger differences, "
        f"{formats.listed(lost)} cannot be told apart from {reference}."
    )


def _gain(evidence: Evidence) -> Iterator[Finding]:
    """The largest relative gain over the baseline, corrected for being the largest."""
    if isinstance(evidence.gains, Absent) or not evidence.gains:
        return
    top = largest(evidence.gains)
    gain = top.gain
    interval = Interval(gain.share.here.value, *(top.interval or ()))
    where = f"{gain.method} with {gain.condition.fraction} on {gain.condition.backbone}"
    if interval.value > 0:
        claim = f"The largest relative gain over {gain.reference} is that of {where}"
    else:
        claim = f"No method gains over {gain.reference}; nearest to it is {where}"
    claim += f": {formats.share(interval)}"
    if gain.untested:
        claim += _ONE_SEED
    elif interval.ends and not interval.excludes_zero():
        claim += ", which chance may explain"
    points = formats.signed(Interval.of(gain.points.here, evidence.scores.difference_range))
    yield Finding(
        f"{claim}.",
        f"{points} points; mean over {_basis(gain.share)}; the interval is Bonferroni's for the "
        f"largest of {top.candidates:,}.",
    )


def _few_data(evidence: Evidence) -> Iterator[Finding]:
    """Where methods gain: with few data or with many."""
    if isinstance(evidence.gains, Absent):
        return
    for backbone in dict.fromkeys(g.condition.backbone for g in evidence.gains):
        found = [g for g in evidence.gains if g.condition.backbone == backbone]
        fractions = list(dict.fromkeys(g.condition.fraction for g in found))
        if len(fractions) < 2:
            continue
        ends = [
            [g for g in found if g.condition.fraction == f] for f in (fractions[0], fractions[-1])
        ]
        yield Finding(
            f"On {backbone}, {'; '.join(_gaining(there, evidence.baseline) for there in ends)}.",
            f"{formats.PERCENT} intervals that exclude 0, not corrected for their number; mean "
            f"over {' and '.join(dict.fromkeys(_basis(_widest(there)) for there in ends))}.",
        )


def _gaining(found: Sequence[Gain], baseline: str) -> str:
    """Says how many methods are better and worse than the baseline in one condition."""
    tested = [Interval.of(g.points.here) for g in found if not g.untested]
    clear = [points for points in tested if points.excludes_zero()]
    better = sum(points.value > 0 for points in clear)
    untested = len(found) - len(tested)
    return (
        f"with {found[0].condition.fraction}, {better} of {counted(len(found), 'method')} "
        f"{'is' if better == 1 else 'are'} better than {baseline} and {len(clear) - better} worse"
        + (f", and {untested} cannot be tested for lack of seeds" if untested else "")
    )


def _widest(found: Sequence[Gain]) -> Pooled:
    return max((g.points for g in found), key=lambda points: (points.datasets, points.seeds))


def _ranks(evidence: Evidence) -> Iterator[Finding]:
    """Whether ranks over datasets differ at all."""
    ranking = evidence.overall.ranking
    if isinstance(ranking, Absent) or ranking.friedman_p is None:
        return
    p = ranking.friedman_p
    differ = "differ" if p < 1 - ranking.level else "do not differ detectably"
    yield Finding(
        f"Ranks of the methods over {len(ranking.datasets)} datasets {differ}.",
        f"Friedman's test, {formats.p_equals(p)}; {len(ranking.methods)} methods.",
    )


def _subgroups(evidence: Evidence) -> Iterator[Finding]:
    """How many gaps between subgroups chance does not explain."""
    gaps = [
        (interval, f"{summary.method} with {summary.fraction} by {attribute} on {summary.dataset}")
        for summary in evidence.summaries
        for attribute, disparities in summary.disparities.items()
        if (found := disparities.get(evidence.metric.name))
        and (interval := Interval.read(found.gap))
    ]
    if not gaps:
        return
    clear = [(interval, where) for interval, where in gaps if interval.excludes_zero()]
    claim = f"{len(clear)} of {counted(len(gaps), 'gap')} between subgroups exclude 0"
    if clear:
        top, where = max(clear, key=lambda gap: gap[0].value)
        claim += f"; the largest of them is that of {where}, {formats.score(top)}"
    yield Finding(
        f"{claim}.",
        f"{evidence.metric.name} of the best subgroup minus that of the worst; intervals allow "
        "for having picked these two, and are not corrected for the number of gaps.",
    )


def _basis(mean: Pooled) -> str:
    """Says what a mean is over."""
    told = f"{counted(mean.datasets, 'dataset')}, {counted(mean.seeds, 'seed')}"
    return f"{told}, n = {mean.patients:,}" if mean.patients else told


_ONE_SEED = ", of one seed in common, which tells nothing of another training"

_FINDERS: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    _compared,
    _gain,
    _few_data,
    _ranks,
    _subgroups,
)
