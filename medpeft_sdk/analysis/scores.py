"""Results as a table of numbers: methods × datasets × conditions × seeds, gaps and all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from medpeft_sdk.errors import unknown_name
from medpeft_sdk.specs import ResultSpec

FEW_UNITS = 20
"""Test patients below which a single one of them can move an AUROC by more than a tenth."""


@dataclass(frozen=True)
class Condition:
    """What a method was run on besides the dataset.

    Attributes:
        backbone: Name of the backbone.
        fraction: The subset as text, such as ``16shot``.
    """

    backbone: str
    fraction: str


@dataclass(frozen=True)
class Gap:
    """A cell without a number, and why; it is never filled in."""

    method: str
    dataset: str
    backbone: str
    fraction: str
    seed: int
    reason: str


@dataclass(frozen=True, eq=False)
class Scores:
    """One metric of all methods, in a table whose empty places are known.

    Attributes:
        metric: Name of the metric.
        higher_is_better: Whether a larger value is a better one.
        methods: Names of the methods, in alphabetical order.
        datasets: Names of the datasets.
        conditions: Backbones and subsets.
        seeds: Seeds.
        values: Shape ``(methods, datasets, conditions, seeds)``; NaN in gaps.
        drawn: The same on bootstrap resamples of the test samples, which all runs of a dataset
            share, with an axis more for the resamples; ``None`` where predictions were not read.
        units: What is drawn on each dataset: its patients, or samples where there are no groups.
        gaps: The cells without a number.
        sizes: Parameters of each backbone, without head.
        range: Smallest and largest possible value of the metric; ``None`` where not known.
    """

    metric: str
    higher_is_better: bool
    methods: tuple[str, ...]
    datasets: tuple[str, ...]
    conditions: tuple[Condition, ...]
    seeds: tuple[int, ...]
    values: npt.NDArray[np.float64]
    drawn: npt.NDArray[np.float64] | None = None
    units: tuple[int, ...] = ()
    gaps: tuple[Gap, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    range: tuple[float, float] | None = None

    @property
    def few_units(self) -> dict[str, int]:
        """Patients of the datasets that have too few of them for a claim, by dataset."""
        found = dict(zip(self.datasets, self.units, strict=False))
        return {name: units for name, units in found.items() if 0 < units < FEW_UNITS}

    @property
    def difference_range(self) -> tuple[float, float] | None:
        """Smallest and largest possible difference of the metric; ``None`` where not known."""
        return self.range and difference_range(self.range)

    def at(self, method: str, *, where: str | None = None) -> int:
        """Returns the place of a method; raises `UnknownNameError`."""
        if method not in self.methods:
            raise unknown_name(
                "method with results",
                method,
                self.methods,
                where=where,
                lister="medpeft results show",
            )
        return self.methods.index(method)

    @property
    def backbones(self) -> tuple[str, ...]:
        """Names of the backbones."""
        return tuple(dict.fromkeys(condition.backbone for condition in self.conditions))

    def under(self, *conditions: Condition) -> Scores:
        """Returns the part of some conditions."""
        at = [self.conditions.index(condition) for condition in conditions]
        return replace(
            self,
            conditions=conditions,
            values=self.values[:, :, at],
            drawn=None if self.drawn is None else self.drawn[:, :, at],
            gaps=tuple(g for g in self.gaps if Condition(g.backbone, g.fraction) in conditions),
        )

    def on(self, backbone: str) -> Scores:
        """Returns the part of one backbone, with or without its tag; raises `UnknownNameError`."""
        named = [name for name in self.backbones if backbone in (name, name.partition(".")[0])]
        if len(named) != 1:
            raise unknown_name("backbone with results", backbone, self.backbones)
        return self.under(*(c for c in self.conditions if c.backbone == named[0]))

    def with_data(self, fraction: str) -> Scores:
        """Returns the part of one subset, such as ``16shot``; raises `UnknownNameError`."""
        known = dict.fromkeys(condition.fraction for condition in self.conditions)
        if fraction not in known:
            raise unknown_name("subset with results", fraction, known)
        return self.under(*(c for c in self.conditions if c.fraction == fraction))

    def only(self, methods: Sequence[str]) -> Scores:
        """Returns the part of some methods; raises `UnknownNameError`."""
        kept = sorted(set(methods))
        at = [self.at(method) for method in kept]
        return replace(
            self,
            methods=tuple(kept),
            values=self.values[at],
            drawn=None if self.drawn is None else self.drawn[at],
            gaps=tuple(g for g in self.gaps if g.method in kept),
        )


def difference_range(range: tuple[float, float]) -> tuple[float, float]:
    """Returns the smallest and largest difference of two values in a range."""
    least, most = range
    return least - most, most - least


Place = tuple[str, str, Condition, int]
"""Method, dataset, condition and seed."""


def place(result: ResultSpec) -> Place:
    """Returns where a result stands in the table."""
    cell = result.cell
    condition = Condition(cell.backbone.name, str(cell.subset))
    return cell.method, cell.dataset.name, condition, cell.seed


def number(result: ResultSpec, metric: str) -> float | None:
    """Returns a metric of a result; ``None`` where there is none."""
    estimate = result.metrics.get(metric)
    return estimate.value if estimate and result.status == "ok" else None
