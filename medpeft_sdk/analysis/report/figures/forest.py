"""Differences to a reference, each a dot with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from medpeft_sdk.analysis.differences import Difference
from medpeft_sdk.analysis.student import LEVEL
from medpeft_sdk.drawing import new_figure, palette, styled


@styled()
def forest(found: Sequence[Difference], *, label: str, higher_is_better: bool) -> Figure:
    """Draws differences, the best on top; filled where it remains after correction."""
    ordered = sorted(found, key=lambda d: d.mean.here.value, reverse=not higher_is_better)
    figure = new_figure(6.8, 0.8 + 0.24 * len(ordered))
    axes = figure.subplots()
    axes.axvline(0, color=palette.QUIET, linewidth=0.7)
    for y, difference in enumerate(ordered):
        here = difference.mean.here
        differs = difference.p_holm is not None and difference.p_holm < 1 - LEVEL
        if ends := here.interval():
            colour = palette.FAINT if difference.untested else palette.FIRST
            axes.plot(ends, (y, y), color=colour, linewidth=1.2)
        axes.plot(
            here.value,
            y,
            "o",
            markersize=5,
            markeredgecolor=palette.FIRST,
            markerfacecolor=palette.FIRST if differs else "none",
        )
    axes.set_yticks(range(len(ordered)), [d.a for d in ordered])
    axes.set_ylim(-0.6, len(ordered) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(label)
    return figure
