from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from medpeft_sdk.analysis import Student
from medpeft_sdk.analysis.student import Component


def test_one_component_is_the_t_test_of_one_sample() -> None:
    x = np.random.default_rng(0).normal(0.3, 1, 8)
    found = Student.of(float(x.mean()), [Component(float(x.var(ddof=1)) / 8, 7)])
    theirs = stats.ttest_1samp(x, 0)
    assert found.p == pytest.approx(theirs.pvalue)
    assert found.interval(0.9) == pytest.approx(tuple(theirs.confidence_interval(0.9)))


def test_the_sum_of_two_components_of_a_kind_is_welchs_test() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 1, 6), rng.normal(0.5, 3, 15)
    parts = [Component(float(v.var(ddof=1)) / len(v), len(v) - 1) for v in (x, y)]
    found = Student.of(float(x.mean() - y.mean()), filter(None, [Component.total(parts)]))
    theirs = stats.ttest_ind(x, y, equal_var=False)
    assert (found.p, found.df) == pytest.approx((theirs.pvalue, theirs.df))


def test_the_factor_of_two_kinds_is_the_mean_of_theirs_by_variance() -> None:
    found = Student.of(0.0, [Component(3.0, 1), Component(1.0, 59)])
    few, many = stats.t.ppf(0.975, [1, 59])
    assert found.interval() == pytest.approx((-(3 * few + many) / 2, (3 * few + many) / 2))


def test_an_interval_is_cut_to_what_is_possible() -> None:
    found = Student.of(0.9, [Component(0.01, 2)])
    low, high = found.interval(within=(0.0, 1.0))
    assert (low, high) == (found.interval()[0], 1.0)


@pytest.mark.parametrize(("value", "probability"), [(0.0, 0.5), (0.1, 1.0), (-0.1, 0.0)])
def test_without_any_error_a_value_is_certain(value: float, probability: float) -> None:
    found = Student.of(value, [Component(0.0, 2)])
    assert found.probability == probability
    assert found.interval() == (value, value)


def test_where_no_error_is_known_nothing_is_said_about_it() -> None:
    found = Student.of(0.1, [])
    assert (found.interval(), found.p, found.probability) == (None, None, None)
