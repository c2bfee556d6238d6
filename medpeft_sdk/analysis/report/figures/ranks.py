"""The critical-difference diagram (Demšar, 2006)."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from medpeft_sdk.analysis.diagram import Diagram
from medpeft_sdk.drawing import new_figure, palette, styled

_LINE = 0.24
"""Height of a line of text, inches."""


@styled()
def ranks(found: Diagram) -> Figure:
    """Draws the axis of ranks, methods hanging from it left and right, and bars over ties."""
    first, last = found.axis
    half = (len(found.methods) + 1) // 2
    depth = len(found.bars) + half + 1
    figure = new_figure(6.8, _LINE * (depth + 3.5))
    axes = figure.subplots()
    span = last - first
    axes.set_xlim(first - 0.36 * span, last + 0.36 * span)
    axes.set_ylim(depth, -3.2)
    axes.axis("off")
    _axis(axes, first, last)
    if found.critical_difference is not None:
        _critical(axes, first, min(found.critical_difference, span))
    for line, bar in enumerate(found.bars):
        ends = (bar.left - 0.008 * span, bar.right + 0.008 * span)
        axes.plot(ends, (line + 0.8,) * 2, color=palette.FIRST, linewidth=3, zorder=3)
    for place, (method, rank) in enumerate(zip(found.methods, found.ranks, strict=True)):
        left = place < half
        line = len(found.bars) + 0.8 + (place if left else len(found.methods) - 1 - place)
        edge = first - 0.04 * span if left else last + 0.04 * span
        axes.plot((rank, rank, edge), (0, line, line), color=palette.QUIET, linewidth=0.7)
        axes.text(
            edge,
            line,
            f"{method}  {rank:.2f}  " if left else f"  {rank:.2f}  {method}",
            ha="right" if left else "left",
            va="center",
        )
    return figure


def _axis(axes: Axes, first: float, last: float) -> None:
    axes.plot((first, last), (0, 0), color=palette.INK, linewidth=1)
    step = max(1, round((last - first) / 10))
    for rank in range(round(first), round(last) + 1, step):
        axes.plot((rank, rank), (0, -0.3), color=palette.INK, linewidth=1)
        axes.text(rank, -0.5, str(rank), ha="center", va="bottom")


def _critical(axes: Axes, first: float, length: float) -> None:
    axes.plot((first, first + length), (-2, -2), color=palette.INK, linewidth=1.5)
    axes.text(first + length / 2, -2.2, "critical difference", ha="center", va="bottom")
