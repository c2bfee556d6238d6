from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from medpeft_sdk.analysis import Condition, gains, largest, size_trend
from medpeft_sdk.analysis.sizes import correlation
from medpeft_sdk.errors import DataError, UnknownNameError
from tests.analysis.simulate import simulate

FRACTIONS = tuple(Condition("timm/resnet18", f) for f in ("1%", "100%"))
BACKBONES = tuple(Condition(f"timm/vit{i}", "1%") for i in range(5))


def test_a_gain_is_the_mean_over_datasets_of_the_share_that_is_won() -> None:
    scores = simulate({"full": 2.0, "lora": 2.4}, datasets=3, conditions=FRACTIONS, of_run=0.3)
    found = gains(scores)
    assert [g.condition.fraction for g in found] == ["1%", "100%"]
    full, lora = scores.values[:, :, 0].mean(axis=-1)
    assert found[0].share.here.value == pytest.approx((lora / full - 1).mean())
    assert found[0].points.here.value == pytest.approx((lora - full).mean())
    each = gains(scores, by_dataset=True)
    assert [g.datasets for g in each[:3]] == [("set0",), ("set1",), ("set2",)]
    assert each[1].share.here.value == pytest.approx(lora[1] / full[1] - 1)
    assert largest(each).candidates == 6


def test_a_gain_that_lost_its_seeds_is_marked_where_methods_have_several() -> None:
    scores = simulate({"full": 2.0, "lora": 2.4, "ssf": 2.4}, seeds=2, of_run=0.3)
    values = scores.values.copy()
    values[1, 0, 0, 0] = np.nan
    found = {g.method: g.untested for g in gains(replace(scores, values=values))}
    assert found == {"lora": True, "ssf": False}


def test_the_error_of_a_gain_is_that_of_a_bootstrap_of_the_ratio() -> None:
    scores = simulate({"full": 2.0, "lora": 2.4}, seeds=1, of_patient=0.5, resamples=4000)
    (gain,) = gains(scores)
    ratios = scores.drawn[1] / scores.drawn[0] - 1
    assert gain.share.here.error == pytest.approx(ratios.std(), rel=0.05)


def test_of_a_metric_to_be_low_less_is_a_gain() -> None:
    scores = replace(simulate({"full": 2.0, "lora": 1.0}), higher_is_better=False)
    (gain,) = gains(scores)
    assert gain.share.here.value > 0 and gain.points.here.value > 0


def test_a_share_of_nothing_is_refused() -> None:
    scores = simulate({"full": -5.0, "lora": 1.0})
    with pytest.raises(DataError, match="no meaning"):
        gains(scores)
    with pytest.raises(UnknownNameError, match="partial"):
        gains(scores, reference="partial")
    with pytest.raises(DataError, match="no gains"):
        largest([])


def grown(by: float):
    scores = simulate({"full": 2.0, "lora": 2.0}, conditions=BACKBONES, of_run=0.2, datasets=2)
    growth = by * np.arange(5)[None, :, None]
    values, drawn = scores.values.copy(), scores.drawn.copy()
    values[1] += growth
    drawn[1] += growth[..., None]
    return replace(scores, values=values, drawn=drawn)


@pytest.mark.parametrize("coefficient", ["kendall", "spearman"])
def test_a_gain_that_grows_with_the_backbone_is_found(coefficient) -> None:
    trend = size_trend(grown(1.0), "lora", "1%", coefficient=coefficient)
    assert (trend.value, trend.p) == pytest.approx((1, 2 / 120))
    assert trend.interval is not None and trend.interval[0] > 0.9
    assert trend.parameters == (1000, 2000, 3000, 4000, 5000)
    assert size_trend(grown(-1.0), "lora", "1%", coefficient=coefficient).value == pytest.approx(-1)


def test_a_gain_that_does_not_grow_has_an_interval_about_zero() -> None:
    trend = size_trend(grown(0.0), "lora", "1%")
    assert trend.interval is not None and trend.interval[0] < 0 < trend.interval[1]
    assert trend.p > 0.05


def test_too_few_sizes_and_unequal_datasets_are_refused() -> None:
    scores = grown(1.0)
    few = replace(scores, sizes=dict.fromkeys(scores.sizes, 1000))
    with pytest.raises(DataError, match=r"at least 4 sizes.*there are 1"):
        size_trend(few, "lora", "1%")
    with pytest.raises(DataError, match="there are 0"):
        size_trend(scores, "lora", "5%")
    values = scores.values.copy()
    values[1, 0, 2] = np.nan
    with pytest.raises(DataError, match="same datasets"):
        size_trend(replace(scores, values=values), "lora", "1%")


numbers = arrays(np.float64, 6, elements=st.integers(0, 5).map(float))


@settings(max_examples=50, deadline=None)
@given(numbers, numbers)
def test_correlations_are_scipys(x: np.ndarray, y: np.ndarray) -> None:
    for name, theirs in (("kendall", stats.kendalltau), ("spearman", stats.spearmanr)):
        ours = float(correlation(name, x, y))
        constant = np.ptp(x) == 0 or np.ptp(y) == 0
        assert ours == pytest.approx(0 if constant else theirs(x, y).statistic, abs=1e-12)
