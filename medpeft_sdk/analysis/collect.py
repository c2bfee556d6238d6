"""From results to a table of scores, once it is sure that they may stand in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from medpeft_sdk.analysis.comparable import check_comparable
from medpeft_sdk.analysis.scores import Condition, Gap, Place, Scores, number, place
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import MetricSpec, ProtocolSpec, ResultSpec


def collect(
    results: Iterable[ResultSpec], metric: MetricSpec, *, protocol: ProtocolSpec | None = None
) -> Scores:
    """Collects one metric of results that may be compared.

    Args:
        results: Results of one protocol and one ruleset, in any order.
        metric: The metric.
        protocol: What should have been run: its datasets, seeds and so on without any result
            are gaps too. Without it, only what some result names is looked for.

    Raises:
        DataError: There are no results, or they cannot be compared: they are of several
            protocols or rulesets, a dataset's samples or a backbone's weights are not the same
            in all, a method was run with several hyperparameters, or a value is none that the
            metric can have.
    """
    ordered = sorted(results, key=lambda r: r.cell_id)
    check_comparable(ordered)
    cells = {place(r): r for r in ordered}
    methods, datasets, conditions, seeds = _axes(cells, protocol)
    shape = (len(methods), len(datasets), len(conditions), len(seeds))
    values = np.full(shape, np.nan)
    gaps: list[Gap] = []
    for m, d, c, s in np.ndindex(*shape):
        at = (methods[m], datasets[d], conditions[c], seeds[s])
        result = cells.get(at)
        value = None if result is None else number(result, metric.name)
        if value is not None and not metric.range[0] <= value <= metric.range[1]:
            raise DataError(
                f"the {metric.name} of a result is {value:g}, which it cannot be",
                where=f"{at[0]} on {at[1]}, {at[2].backbone}, {at[2].fraction}, seed {at[3]}",
                expected=f"{metric.range[0]:g} to {metric.range[1]:g}",
                mend="run this cell again, into a new folder",
            )
        if value is None:
            gaps.append(_gap(at, _reason(result, metric.name)))
        else:
            values[m, d, c, s] = value
    return Scores(
        metric=metric.name,
        higher_is_better=metric.higher_is_better,
        methods=methods,
        datasets=datasets,
        conditions=conditions,
        seeds=seeds,
        values=values,
        gaps=tuple(gaps),
        sizes=_sizes(ordered),
        range=metric.range,
    )


def _gap(at: Place, reason: str) -> Gap:
    method, dataset, condition, seed = at
    return Gap(method, dataset, condition.backbone, condition.fraction, seed, reason)


def _reason(result: ResultSpec | None, metric: str) -> str:
    """Says why a cell has no number."""
    if result is None:
        return "no result"
    if result.reason is not None:
        return f"{result.status}: {result.reason}"
    if metric not in result.metrics:
        return f"{metric} was not computed"
    return result.metrics[metric].reason or f"{metric} is undefined"


def _axes(
    cells: Mapping[Place, ResultSpec], protocol: ProtocolSpec | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Condition, ...], tuple[int, ...]]:
    """Lists what was run, or should have been."""
    methods, datasets, conditions, seeds = map(set, zip(*cells, strict=True))
    backbones, fractions = {c.backbone for c in conditions}, {c.fraction for c in conditions}
    if protocol is not None:
        methods |= set(protocol.methods)
        datasets |= set(protocol.datasets)
        backbones |= set(protocol.backbones)
        fractions |= {str(subset) for subset in protocol.subsets}
        seeds |= set(protocol.seeds)
    crossed = tuple(
        Condition(b, f) for b in sorted(backbones) for f in sorted(fractions, key=_few_first)
    )
    return tuple(sorted(methods)), tuple(sorted(datasets)), crossed, tuple(sorted(seeds))


def _few_first(fraction: str) -> tuple[bool, float]:
    shots = fraction.removesuffix("shot")
    return shots == fraction, float(shots.removesuffix("%"))


def _sizes(results: Sequence[ResultSpec]) -> dict[str, int]:
    """Counts the parameters that each backbone has before anything is added."""
    sizes: dict[str, int] = {}
    for result in results:
        if (counts := result.parameters) is not None:
            name = result.cell.backbone.name
            sizes[name] = max(sizes.get(name, 0), counts.total - counts.added - counts.head)
    return sizes
