"""Parts of the training split: every method sees the same images."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from medpeft_sdk.data.dataset import SampleTable
from medpeft_sdk.data.groups import Group, ordered_groups
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import Subset


def select_subset(
    table: SampleTable, train: npt.NDArray[np.int64], subset: Subset, seed: int
) -> npt.NDArray[np.int64]:
    """Selects a stratified subset of the training rows.

    Each class has one order of its groups, which depends on their names and the seed alone; a
    subset is a prefix of it in every class. Hence smaller subsets lie within larger ones.

    A fraction takes whole groups, as many as come nearest to it, and at least one for each
    class. Shots take exactly so many images of each class, group after group; the last group may
    be used in part, which parts it between used and unused, never between splits.

    Args:
        table: The samples.
        train: Rows of the training split.
        subset: A fraction, or shots for each class.
        seed: The cell's seed.

    Returns:
        Rows of the table, ``int64``, in the order of their ids.

    Raises:
        DataError: A class has no samples, or fewer than shots.
    """
    groups = ordered_groups(table, train.tolist(), seed=f"medpeft subset {seed}")
    if subset.shots is not None:
        rows = _shots(table, groups, subset.shots)
    else:
        assert subset.fraction is not None
        rows = _fraction(groups, subset.fraction)
    missing = set(range(len(table.classes))) - set(table.labels[rows].tolist())
    for k in missing:
        raise _too_few(table, k, have=0, need=1)
    return table.by_id(rows)


def _shots(table: SampleTable, groups: list[Group], shots: int) -> list[int]:
    labels = table.labels.tolist()
    rows: list[int] = []
    for k in range(len(table.classes)):
        available = [row for group in groups for row in group.rows if labels[row] == k]
        if len(available) < shots:
            raise _too_few(table, k, have=len(available), need=shots)
        rows += available[:shots]
    return rows


def _fraction(groups: list[Group], fraction: float) -> list[int]:
    rows: list[int] = []
    for k in sorted({group.stratum for group in groups}):
        stratum = [group.rows for group in groups if group.stratum == k]
        ends = np.cumsum([len(part) for part in stratum])
        middles = ends - np.diff(ends, prepend=0) / 2
        taken = max(1, int(np.sum(middles <= fraction * ends[-1])))
        rows += itertools.chain.from_iterable(stratum[:taken])
    return rows


def _too_few(table: SampleTable, k: int, *, have: int, need: int) -> DataError:
    return DataError(
        f"class '{table.classes[k]}' has fewer training samples than needed: {have} of {need}",
        where="the training split",
        expected=f"at least {need} in every class",
        mend=f"use at most {have} shots, or a fraction" if have else "add images of this class",
    )
