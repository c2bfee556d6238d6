from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medpeft_sdk.errors import DataError
from medpeft_sdk.evaluation.attributes import MOST_BANDS, MOST_VALUES, part


def test_few_values_stay_as_they_are_in_order_and_the_unknown_come_last() -> None:
    values = ["10", "2", " ", "Unknown", " 10", "NaN", "n/a"]
    found = {name: rows.tolist() for name, rows in part(values).items()}
    assert list(found) == ["2", "10", "unknown"]
    assert found == {"2": [1], "10": [0, 4], "unknown": [2, 3, 5, 6]}


def test_ages_become_bands_of_a_round_width() -> None:
    ages = [str(age) for age in range(5, 90)]
    found = part(ages)
    assert list(found) == ["< 20", "[20, 40)", "[40, 60)", "[60, 80)", "≥ 80"]
    assert [ages[row] for row in found["[20, 40)"]] == [str(age) for age in range(20, 40)]


def test_an_outlier_does_not_widen_the_bands() -> None:
    # Real tables of ages hold a 148 or two.
    found = part([str(age) for age in [*range(5, 90)] * 5] + ["148"])
    assert list(found) == ["< 20", "[20, 40)", "[40, 60)", "[60, 80)", "≥ 80"]


def test_small_numbers_have_small_bands() -> None:
    assert list(part([f"0.{i:02}" for i in range(30, 90)])) == [
        "< 0.4",
        "[0.4, 0.5)",
        "[0.5, 0.6)",
        "[0.6, 0.7)",
        "[0.7, 0.8)",
        "≥ 0.8",
    ]


def test_one_value_that_nearly_all_have_is_no_obstacle() -> None:
    found = part(["0"] * 5000 + [str(i) for i in range(1, 20)])
    assert sum(map(len, found.values())) == 5019
    assert 2 <= len(found) <= MOST_BANDS


def test_many_values_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="it has 114 values"):
        part([f"condition {i}" for i in range(114)])
    with pytest.raises(DataError, match="it has 21 values"):
        part([*map(str, range(20)), "old"])


@given(st.lists(st.floats(-1e9, 1e9) | st.none(), min_size=1, max_size=80))
def test_every_sample_is_in_one_part(numbers: list[float | None]) -> None:
    values = ["" if number is None else repr(number) for number in numbers]
    found = part(values)
    rows = np.concatenate(list(found.values()))
    assert sorted(rows.tolist()) == list(range(len(values)))
    assert all(len(part) for part in found.values())
    distinct = {number for number in numbers if number is not None}
    known = [name for name in found if name != "unknown"]
    if len(set(map(repr, distinct))) > MOST_VALUES:
        assert len(known) <= MOST_BANDS
        ends = [max(float(values[row]) for row in found[name]) for name in known]
        assert ends == sorted(ends)
