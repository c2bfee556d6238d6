"""Groups of methods that the evidence cannot tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase

import numpy as np
import numpy.typing as npt


def tied_groups(
    methods: Sequence[str], differs: npt.NDArray[np.bool_]
) -> tuple[tuple[str, ...], ...]:
    """Finds all largest groups of methods of which no two differ.

    A method may be in several groups: where A ties with B and B with C, A and C may still
    differ. The groups are the columns of a compact letter display, found by inserting each
    finding and absorbing what is contained in another (Piepho, 2004,
    doi:10.1198/1061860043515).

    Args:
        methods: Names, best first.
        differs: Which pairs differ, after correction for their number; symmetric, shape
            ``(methods, methods)``.

    Returns:
        The groups, that of the best method first; within each, the order of ``methods``.
    """
    groups = {frozenset(range(len(methods)))}
    for i, j in np.argwhere(np.triu(differs, 1)).tolist():
        split = {g for g in groups if {i, j} <= g}
        parts = (groups - split) | {g - {i} for g in split} | {g - {j} for g in split}
        groups = {g for g in parts if not any(g < other for other in parts)}
    return tuple(tuple(methods[i] for i in g) for g in sorted(map(sorted, groups)))


def letters(methods: Sequence[str], groups: Sequence[Sequence[str]]) -> dict[str, str]:
    """Gives each group a letter: methods that share one cannot be told apart.

    Where there are more groups than letters nobody could read them: each method then has the number
    of others that it cannot be told apart from, such as ``~22``.
    """
    if len(groups) > len(ascii_lowercase):
        return {
            m: f"~{len({other for g in groups if m in g for other in g} - {m})}" for m in methods
        }
    names = ascii_lowercase[: len(groups)]
    return {
        m: "".join(name for name, g in zip(names, groups, strict=True) if m in g) for m in methods
    }
