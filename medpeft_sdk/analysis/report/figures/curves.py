"""Scores over subsets, or over the trials of a search, a panel a method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from medpeft_sdk.analysis.report.figures.fences import fences
from medpeft_sdk.analysis.report.table import Interval
from medpeft_sdk.drawing import new_figure, palette, styled

_ACROSS = 4
_NAMED = 8
"""Places of an axis that have room for their names."""


@dataclass(frozen=True)
class Curve:
    """A method's scores, a point a place of the axis; ``None`` where there is none."""

    name: str
    points: tuple[Interval | None, ...]

    @property
    def values(self) -> list[float]:
        """The points as numbers; NaN makes a gap in the line."""
        return [math.nan if point is None else point.value for point in self.points]


@styled()
def curves(drawn: Sequence[Curve], names: Sequence[str], *, label: str) -> Figure:
    """Draws each method in a panel of its own, before all others in grey.

    Args:
        drawn: The methods.
        names: Of the places of the axis; of very many, some are written.
        label: Of the scores.
    """
    down = math.ceil(len(drawn) / _ACROSS)
    figure = new_figure(6.8, 0.5 + 1.25 * down)
    across = min(_ACROSS, len(drawn))
    # Panels that share axes ask each other about their limits, and take half as long again.
    panels = figure.subplots(down, across, squeeze=False)
    points = [point for curve in drawn for point in curve.points if point is not None]
    low, high = fences([point.value for point in points])
    near = [end for p in points if low <= p.value <= high for end in p.ends or (p.value,)]
    margin = 0.05 * (max(near) - min(near)) or 0.05
    # One line with gaps is drawn many times as fast as one a method.
    everyone = [value for curve in drawn for value in (*curve.values, math.nan)]
    along = [at for _ in drawn for at in range(len(names) + 1)]
    places = range(len(names))
    written = places[:: math.ceil(len(names) / _NAMED)]
    for at, panel in enumerate(panels.flat):
        if at >= len(drawn):
            panel.set_visible(False)
            continue
        panel.plot(along, everyone, color=palette.FAINT, linewidth=0.7)
        _own(panel, drawn[at])
        own = [point.value for point in drawn[at].points if point is not None]
        if own and not any(low <= value <= high for value in own):
            far = f"from {min(own):.3f} to {max(own):.3f}"
            panel.text(0.5, 0.05, far, transform=panel.transAxes, ha="center", fontsize=7)
        # A title of a given height does not ask every tick of the panel how much room it takes.
        panel.set_title(drawn[at].name, fontsize=9, loc="left", y=1)
        panel.set_xticks(written, [names[place] for place in written], fontsize=7)
        panel.tick_params(labelsize=7)
        panel.tick_params(axis="x", rotation=45)
        panel.xaxis.set_visible(at + _ACROSS >= len(drawn))
        panel.yaxis.set_visible(at % across == 0)
        panel.set_ylim(min(near) - margin, max(near) + margin)
    figure.supylabel(label, fontsize=9)
    return figure


def _own(panel: Axes, curve: Curve) -> None:
    panel.plot(curve.values, "o-", color=palette.FIRST, linewidth=1.4, markersize=3)
    if sure := [(x, *point.ends) for x, point in enumerate(curve.points) if point and point.ends]:
        places, lows, highs = zip(*sure, strict=True)
        panel.vlines(places, lows, highs, color=palette.FIRST, linewidth=1)
