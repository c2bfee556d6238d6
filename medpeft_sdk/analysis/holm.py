"""Holm's correction of p-values for how many there are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def holm(p: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Adjusts p-values so that the chance of any false finding among them is bounded.

    Step-down Bonferroni (Holm, 1979): valid whatever the dependence between the tests, and never
    less powerful than Bonferroni.

    Args:
        p: P-values of one family of tests, shape ``(tests,)``.

    Returns:
        Adjusted p-values in the same order; one below 0.05 is a finding at the 5 % level.
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")
    stepped = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1)
    return adjusted
