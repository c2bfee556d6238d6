"""Ratios of paired measurements, with how far they spread."""

from __future__ import annotations

import statistics
from collections.abc import Callable


def paired_ratios(
    ours: Callable[[], float], theirs: Callable[[], float], *, n: int
) -> list[tuple[float, float]]:
    """Measures both in turn, n times, so that a machine that slows down slows both."""
    ours()
    theirs()
    return [(ours(), theirs()) for _ in range(n)]


def describe(name: str, ratios: list[float], aim: float, unit: str) -> str:
    """Returns one line: the ratio with n, median and spread, and the aim."""
    median = statistics.median(ratios)
    return (
        f"{name}: {median:.2f} {unit} (n = {len(ratios)}, "
        f"from {min(ratios):.2f} to {max(ratios):.2f}; aim: at least {aim:g})"
    )
