"""Score against cost, a panel a cost, with the front of what nothing beats."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import textalloc
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullFormatter

from medpeft_sdk.analysis.cost import Unit
from medpeft_sdk.analysis.pareto import Pareto, Point
from medpeft_sdk.analysis.report.figures.fences import fences
from medpeft_sdk.drawing import new_figure, palette, styled

_ACROSS = 2
_DECADES = 30
"""How many times the smallest cost the largest is where an axis of powers of ten is of use."""
_UNITS: Mapping[Unit, str] = {"parameters": "", "bytes": "B", "seconds": "s", "operations": ""}


@styled()
def fronts(found: Sequence[Pareto]) -> Figure:
    """Draws every cost; methods on a front are named, those perhaps on it are open circles."""
    down = math.ceil(len(found) / _ACROSS)
    figure = new_figure(10.2, 3.1 * down)
    panels = figure.subplots(down, min(_ACROSS, len(found)), sharey=True, squeeze=False)
    for panel in panels.flat[len(found) :]:
        panel.set_visible(False)
    low, high = fences([point.score.here.value for p in found for point in p.points])
    for panel, pareto in zip(panels.flat, found, strict=False):
        _front(panel, pareto, low, high)
    for panel in panels[:, 0]:
        panel.set_ylabel(found[0].metric)
    # Names find their places where the panels have theirs, and keep them only if these stay.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for panel, pareto in zip(panels.flat, found, strict=False):
        _name(panel, [p for p in pareto.points if low <= p.score.here.value <= high])
    return figure


def _front(panel: Axes, pareto: Pareto, low: float, high: float) -> None:
    near = [p for p in pareto.front if low <= p.score.here.value <= high]
    panel.step(
        [point.cost for point in near],
        [point.score.here.value for point in near],
        where="post",
        color=palette.FIRST,
        linewidth=0.8,
    )
    for point in pareto.points:
        if low <= point.score.here.value <= high:
            _point(panel, point, pareto.range)
    panel.set_xlabel(pareto.cost.title)
    panel.margins(x=0.08, y=0.12)
    costs = [point.cost for point in pareto.points]
    if min(costs) > 0 and max(costs) > _DECADES * min(costs):
        panel.set_xscale("log")
        panel.xaxis.set_major_locator(LogLocator())
        panel.xaxis.set_minor_formatter(NullFormatter())
    else:
        panel.xaxis.set_major_locator(MaxNLocator(5))
    panel.xaxis.set_major_formatter(EngFormatter(_UNITS[pareto.cost.unit]))
    for point in pareto.points:
        if not low <= point.score.here.value <= high:
            _far(panel, point, above=point.score.here.value > high)


def _point(panel: Axes, point: Point, within: tuple[float, float] | None) -> None:
    colour = palette.FIRST if point.on_front or point.perhaps_on_front else palette.QUIET
    if ends := point.score.here.interval(within=within):
        line = colour if point.on_front else palette.FAINT
        panel.plot((point.cost, point.cost), ends, color=line, linewidth=0.9, zorder=1)
    panel.plot(
        point.cost,
        point.score.here.value,
        "o",
        markersize=4.5,
        markeredgecolor=colour,
        markerfacecolor=colour if point.on_front else "none",
    )


def _far(panel: Axes, point: Point, *, above: bool) -> None:
    """Marks a point beyond the axis at its edge, with its name and score."""
    edge = 1.0 if above else 0.0
    place = panel.get_xaxis_transform()
    marker = "^" if above else "v"
    panel.plot(point.cost, edge, marker, color=palette.QUIET, transform=place, clip_on=False)
    at, _ = panel.transAxes.inverted().transform(panel.transData.transform((point.cost, 0)))
    left = at > 0.5
    panel.annotate(
        f"{point.method} {point.score.here.value:.3f}",
        (point.cost, edge),
        xycoords=place,
        xytext=(-6 if left else 6, -4 if above else 4),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top" if above else "bottom",
        fontsize=7.5,
        color=palette.QUIET,
    )


def _name(panel: Axes, points: Sequence[Point]) -> None:
    """Writes the names of the front beside their points, clear of all points and of each other."""
    named = [point for point in points if point.on_front]
    if not named:
        return
    limits = panel.get_xlim(), panel.get_ylim()
    textalloc.allocate(
        panel,
        [point.cost for point in named],
        [point.score.here.value for point in named],
        [point.method for point in named],
        x_scatter=[point.cost for point in points],
        y_scatter=[point.score.here.value for point in points],
        textsize=7.5,
        linecolor=palette.QUIET,
        linewidth=0.5,
        textcolor=palette.INK,
        max_distance=0.5,
        nbr_candidates=400,
        draw_all=True,
    )
    panel.set_xlim(limits[0])
    panel.set_ylim(limits[1])
