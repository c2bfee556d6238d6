"""Score against cost, a panel a cost, with the front of what nothing beats."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from medpeft_sdk.analysis.cost import Unit
from medpeft_sdk.analysis.pareto import Pareto, Point
from medpeft_sdk.analysis.report import palette
from medpeft_sdk.analysis.report.drawing import new_figure, styled

_ACROSS = 2
_WIDE = 30
"""How many times the smallest cost the largest is where powers of ten are enough as ticks."""
_UNITS: Mapping[Unit, str] = {"parameters": "", "bytes": "B", "seconds": "s", "operations": ""}


@styled()
def fronts(found: Sequence[Pareto]) -> Figure:
    """Draws every cost; methods on a front are named, those perhaps on it are open circles."""
    down = math.ceil(len(found) / _ACROSS)
    figure = new_figure(6.8, 2.5 * down)
    panels = figure.subplots(down, min(_ACROSS, len(found)), sharey=True, squeeze=False)
    for panel in panels.flat[len(found) :]:
        panel.set_visible(False)
    for panel, pareto in zip(panels.flat, found, strict=False):
        _front(panel, pareto)
    for panel in panels[:, 0]:
        panel.set_ylabel(found[0].metric)
    return figure


def _front(panel: Axes, pareto: Pareto) -> None:
    front = pareto.front
    panel.step(
        [point.cost for point in front],
        [point.score.here.value for point in front],
        where="post",
        color=palette.FIRST,
        linewidth=0.8,
    )
    for point in pareto.points:
        _point(panel, point)
    for point in front:
        panel.annotate(
            point.method,
            (point.cost, (point.score.here.interval() or (0, point.score.here.value))[1]),
            xytext=(-2, 3),
            textcoords="offset points",
            rotation=50,
            fontsize=7.5,
        )
    panel.set_xlabel(pareto.cost.title)
    panel.margins(x=0.12, y=0.2)
    costs = [point.cost for point in pareto.points]
    if min(costs) > 0:
        panel.set_xscale("log")
        wide = max(costs) > _WIDE * min(costs)
        panel.xaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5)))
        panel.xaxis.set_minor_formatter(NullFormatter())
    panel.xaxis.set_major_formatter(EngFormatter(_UNITS[pareto.cost.unit]))


def _point(panel: Axes, point: Point) -> None:
    colour = palette.FIRST if point.on_front or point.perhaps_on_front else palette.QUIET
    if ends := point.score.here.interval():
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
