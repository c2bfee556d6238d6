"""Numbers as a person would write them."""

from __future__ import annotations


def human_bytes(count: float) -> str:
    """Writes bytes as a person would, such as ``512 MiB``."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


def human_seconds(seconds: float) -> str:
    """Writes a duration as a person would, such as ``3.3 min`` or ``2.4 ms``."""
    if seconds < 0.1:
        return f"{1000 * seconds:.1f} ms"
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def human_flops(count: float) -> str:
    """Writes floating-point operations as a person would, such as ``1.2 GFLOP``."""
    for unit, size in (("T", 1e12), ("G", 1e9), ("M", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}FLOP"
    return f"{count:,.0f} FLOP"


def counted(count: int, thing: str) -> str:
    """Writes a number of things, such as ``1 seed`` or ``1,132 images``."""
    return f"{count:,} {thing}{'s' * (count != 1)}"
