"""Parts of the training split: every method sees the same images."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from medpeft_sdk.data.dataset import SampleTable
from medpeft_sdk.data.groups import Group, ordered_groups
from medpeft_sdk.data.labels import indicators
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

    Where samples have any number of classes, a group belongs to the rarest class it has, and
    those with none are one class more. Shots are then dealt one by one, to the rarest class
    first, and only to a class that has not got so many by way of others: every class has at least
    its shots, and no image is taken that no class needed.

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
    if subset.shots is not None and (few := rare_classes(table, train, subset.shots)):
        raise too_many_shots(subset.shots, {"the training split": few})
    groups = ordered_groups(table, train.tolist(), seed=f"medpeft subset {seed}")
    has = indicators(table.labels, len(table.classes))
    if subset.shots is not None:
        rows = _shots(has, groups, subset.shots)
    else:
        assert subset.fraction is not None
        rows = _fraction(groups, subset.fraction) | _firsts(has, groups)
    found = has[sorted(rows)].sum(axis=0)
    for k in range(len(table.classes)):
        if not found[k]:
            raise DataError(
                f"class '{table.classes[k]}' has no training samples",
                where="the training split",
                expected="at least one in every class",
                mend="add images of this class",
            )
    return table.by_id(list(rows))


def rare_classes(table: SampleTable, train: npt.NDArray[np.int64], shots: int) -> dict[str, int]:
    """Returns the training samples of each class that has fewer than so many."""
    have = indicators(table.labels, len(table.classes))[train, :-1].sum(axis=0).tolist()
    return {name: n for name, n in zip(table.classes, have, strict=True) if n < shots}


def too_many_shots(shots: int, few: Mapping[str, Mapping[str, int]]) -> DataError:
    """Makes the message about classes that have fewer training samples than shots.

    Args:
        shots: The shots for each class.
        few: What `rare_classes` found, by dataset.
    """
    fewest = min(n for classes in few.values() for n in classes.values())
    return DataError(
        f"{shots} shots are more than the training samples of some classes",
        where="\n".join(
            f"{name}: " + ", ".join(f"'{label}' has {n}" for label, n in classes.items())
            for name, classes in few.items()
        ),
        expected=f"at least {shots} training samples of every class",
        mend=f"use at most {fewest} shots (--fraction {fewest}shot) or a fraction "
        "(--fraction 50%), or leave the dataset out"
        if fewest
        else "add images of these classes, or leave the dataset out",
    )


def _shots(has: npt.NDArray[np.bool_], groups: list[Group], shots: int) -> set[int]:
    order = np.array([row for group in groups for row in group.rows], dtype=np.int64)
    available = [order[column] for column in has[order].T]
    rarest_first = sorted(range(len(available)), key=lambda k: len(available[k]))
    waiting = [iter(rows.tolist()) for rows in available]
    have = np.zeros(len(available), dtype=np.int64)
    taken: set[int] = set()
    for shot, k in itertools.product(range(1, shots + 1), rarest_first):
        if have[k] < shot and (row := next((r for r in waiting[k] if r not in taken), -1)) >= 0:
            taken.add(row)
            have += has[row]
    return taken


def _fraction(groups: list[Group], fraction: float) -> set[int]:
    rows: set[int] = set()
    for k in sorted({group.stratum for group in groups}):
        stratum = [group.rows for group in groups if group.stratum == k]
        ends = np.cumsum([len(part) for part in stratum])
        middles = ends - np.diff(ends, prepend=0) / 2
        taken = max(1, int(np.sum(middles <= fraction * ends[-1])))
        rows.update(itertools.chain.from_iterable(stratum[:taken]))
    return rows


def _firsts(has: npt.NDArray[np.bool_], groups: list[Group]) -> set[int]:
    """Returns the first group of each class that is the rarest of no group."""
    rows: set[int] = set()
    for k in set(range(has.shape[1])) - {group.stratum for group in groups}:
        rows.update(next((g.rows for g in groups if has[list(g.rows), k].any()), ()))
    return rows
