"""Which scores an axis is for, where a few lie so far out that they would flatten the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_FAR = 3.0
"""Quartile ranges beyond the quartiles from which a score is far out (Tukey 1977)."""


def fences(scores: Sequence[float]) -> tuple[float, float]:
    """Returns the least and the largest score that is not far out."""
    first, third = np.nanquantile(scores, (0.25, 0.75))
    margin = _FAR * (third - first)
    inside = [score for score in scores if first - margin <= score <= third + margin]
    return min(inside), max(inside)
