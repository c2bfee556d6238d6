"""What figures do with scores far from all others, and that they come out the same each time."""

from __future__ import annotations

import pytest

from medpeft_sdk.analysis.cost import COSTS
from medpeft_sdk.analysis.pareto import pareto
from medpeft_sdk.analysis.report import Evidence
from medpeft_sdk.analysis.report.figures.curves import Curve, curves
from medpeft_sdk.analysis.report.figures.fences import fences
from medpeft_sdk.analysis.report.figures.front import fronts
from medpeft_sdk.analysis.report.table import Interval
from medpeft_sdk.drawing import Drawing


def test_a_score_far_out_is_outside_of_the_fences() -> None:
    near = [0.75, 0.76, 0.77, 0.78]
    assert fences([0.59, *near]) == (0.75, 0.78)
    assert fences(near) == (0.75, 0.78)
    assert fences([0.8]) == (0.8, 0.8)


def test_a_method_far_below_the_others_is_told_in_its_panel() -> None:
    drawn = [Curve(f"m{i}", (Interval(0.75 + i / 100, 0.7, 0.8),)) for i in range(4)]
    figure = curves([*drawn, Curve("scratch", (Interval(0.4, 0.35, 0.45),))], ["16shot"], label="")
    bottom, top = figure.axes[0].get_ylim()
    assert 0.6 < bottom < 0.7 and 0.8 < top < 0.9
    assert [text.get_text() for text in figure.axes[4].texts] == ["from 0.400 to 0.400"]
    assert not figure.axes[0].texts


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_front_is_drawn_alike_each_time_and_names_its_methods(
    kind: str, evidence: Evidence
) -> None:
    found = [pareto(evidence.scores, evidence.results, next(iter(COSTS)))]
    one, other = (Drawing("front", "", fronts(found)) for _ in range(2))
    assert getattr(one, kind)() == getattr(other, kind)()
    assert all(f">{point.method}<" in one.svg() for point in found[0].front)
