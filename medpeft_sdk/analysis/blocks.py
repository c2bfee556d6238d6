"""What several methods have in common on one dataset: the ground on which they are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medpeft_sdk.analysis.scores import Condition, Scores
from medpeft_sdk.analysis.student import Component

_DEFINED = 0.9


@dataclass(frozen=True, eq=False)
class Block:
    """Runs of several methods on one dataset that have an answer by all of them.

    Conditions are averaged, because runs that share patients are no independent evidence. So that
    seeds can be compared, each of them has to be there in the same conditions: of runs that are
    not a whole grid, the largest grid is taken.

    Attributes:
        dataset: Name of the dataset.
        conditions: Conditions of the grid.
        seeds: Seeds that have an answer by all methods in each of them.
        values: Shape ``(methods, seeds)``.
        drawn: The same on bootstrap resamples, shape ``(methods, seeds, resamples)``.
        units: Patients, or samples where there are no groups.
    """

    dataset: str
    conditions: tuple[Condition, ...]
    seeds: tuple[int, ...]
    values: npt.NDArray[np.float64]
    drawn: npt.NDArray[np.float64] | None
    units: int

    @property
    def runs(self) -> int:
        """Runs of each method."""
        return len(self.seeds) * len(self.conditions)


def blocks(scores: Scores, methods: Sequence[str]) -> tuple[Block, ...]:
    """Finds the common ground of methods, dataset by dataset; nothing is filled in.

    Args:
        scores: The table.
        methods: Names of the methods; axis 0 of each block follows their order.

    Returns:
        A block for each dataset on which they have a common run; which cells are missing stands
        in the table's gaps.
    """
    at = [scores.at(method) for method in methods]
    found: list[Block] = []
    for d, dataset in enumerate(scores.datasets):
        present = np.logical_and.reduce(np.isfinite(scores.values[at, d]))
        conditions, seeds = largest_grid(present)
        if not conditions:
            continue
        cells = np.ix_(at, [d], conditions, seeds)
        found.append(
            Block(
                dataset=dataset,
                conditions=tuple(scores.conditions[c] for c in conditions),
                seeds=tuple(scores.seeds[s] for s in seeds),
                values=scores.values[cells][:, 0].mean(axis=1),
                drawn=None if scores.drawn is None else scores.drawn[cells][:, 0].mean(axis=1),
                units=scores.units[d] if scores.units else 0,
            )
        )
    return tuple(found)


def largest_grid(present: npt.NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Finds the rows and columns whose crossings are all present, and are the most.

    Those with two columns at least come first, for one seed alone says nothing of seeds; of
    equally many crossings those of more columns.

    Args:
        present: Shape ``(conditions, seeds)``.

    Returns:
        Rows and columns, both empty where nothing is present.
    """
    if present.size and present.all():  # As nearly always; comparing 32 methods asks 500 times.
        return list(range(present.shape[0])), list(range(present.shape[1]))
    of_rows = [frozenset(np.flatnonzero(row).tolist()) for row in present]
    # The columns of the largest grid are what some rows have in common.
    candidates: set[frozenset[int]] = set()
    for columns in of_rows:
        candidates |= {columns} | {columns & other for other in candidates}
    grids = [
        ([r for r, there in enumerate(of_rows) if columns <= there], sorted(columns))
        for columns in sorted(candidates, key=sorted)
        if columns
    ]
    return max(
        grids,
        key=lambda grid: (len(grid[1]) > 1, len(grid[0]) * len(grid[1]), len(grid[1])),
        default=([], []),
    )


def errors_within(
    values: npt.NDArray[np.float64], drawn: npt.NDArray[np.float64] | None, units: int
) -> dict[str, Component]:
    """Measures the sources of error of a mean over seeds on one dataset.

    - ``seeds``: the variance between seeds over their number, which holds also what seeds and
      patients do together;
    - ``patients``: what is left, the part that all seeds share because they share a test split:
      the covariance of different seeds on the same resamples. Of one seed it is the variance.

    So each part is counted once, and the sum is unbiased for seeds and patients that are drawn
    independently of each other.

    Args:
        values: One number a seed, such as a difference, shape ``(seeds,)``.
        drawn: The same on bootstrap resamples, shape ``(seeds, resamples)``.
        units: Patients drawn in each.

    Returns:
        The components by source; a source that cannot be measured is not there.
    """
    count = len(values)
    found: dict[str, Component] = {}
    if count > 1:
        found["seeds"] = Component(float(values.var(ddof=1)) / count, count - 1)
    if drawn is not None and units > 1:
        defined = np.isfinite(drawn).all(axis=0)
        if defined.mean() >= _DEFINED:
            shared = np.atleast_2d(np.cov(drawn[:, defined]))
            pairs = ~np.eye(count, dtype=bool) if count > 1 else np.ones((1, 1), bool)
            found["patients"] = Component(max(0.0, float(shared[pairs].mean())), units - 1)
    return found
