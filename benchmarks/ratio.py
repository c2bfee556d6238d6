"""Ratios of paired measurements, with how far they spread."""

from __future__ import annotations

import statistics
from collections.abc import Callable


def paired_ratios(
    ours: Callable[[], float], theirs: Callable[[], float], *, n: int, warm_up: bool = True
) -> list[tuple[float, float]]:
    """Measures both in turn, n times, so that a machine that slows down slows both."""
    if warm_up:
        ours()
        theirs()
    return [(ours(), theirs()) for _ in range(n)]


def describe(name: str, ratios: list[float], unit: str, *, aim: float | None = None) -> str:
    """Returns one line: the ratio with n, median and spread, and the aim where there is one."""
    median = statistics.median(ratios)
    wanted = f"; aim: at least {aim:g}" if aim is not None else ""
    return (
        f"{name}: {median:.2f} {unit} (n = {len(ratios)}, "
        f"from {min(ratios):.2f} to {max(ratios):.2f}{wanted})"
    )
