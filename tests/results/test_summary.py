from __future__ import annotations

import math
import statistics

import pytest
from scipy import stats

from medpeft_sdk.results import summarise
from medpeft_sdk.specs import Estimate, Subgroups, Subset
from tests.results.factory import make_estimate, make_result, make_subgroups


def test_one_seed_keeps_its_own_interval() -> None:
    (summary,) = summarise([make_result()])
    assert summary.metrics["auroc"] == make_estimate()
    assert summary.seeds == (0,)


def test_two_sources_of_error_join_in_quadrature() -> None:
    values = [0.70, 0.75, 0.83]
    results = [
        make_result(seed=s, metrics={"auroc": Estimate(value=v, low=v - 0.06, high=v + 0.03, n=9)})
        for s, v in enumerate(values)
    ]
    (summary,) = summarise(results)
    found = summary.metrics["auroc"]
    of_seeds = stats.t.ppf(0.975, 2) * statistics.stdev(values) / math.sqrt(3)
    mean = statistics.mean(values)
    assert found.value == pytest.approx(mean)
    assert found.low == pytest.approx(mean - math.hypot(0.06, of_seeds), abs=1e-4)
    assert found.high == pytest.approx(mean + math.hypot(0.03, of_seeds), abs=1e-4)
    assert found.n == 9


def test_seeds_without_an_answer_are_counted_and_not_averaged() -> None:
    (summary,) = summarise(
        [
            make_result(),
            make_result(seed=1, status="diverged"),
            make_result(seed=2, status="failed"),
        ]
    )
    assert summary.seeds == (0,)
    assert summary.statuses == {"ok": 1, "diverged": 1, "failed": 1}
    assert summary.reasons == ("it was diverged", "it was failed")
    assert summary.metrics["auroc"].value == 0.8


def test_a_setting_without_any_answer_is_still_there() -> None:
    (summary,) = summarise([make_result(status="unsupported")])
    assert (summary.metrics, summary.parameters, summary.costs) == ({}, None, ())


def test_what_is_undefined_for_one_seed_is_undefined() -> None:
    (summary,) = summarise(
        [make_result(), make_result(seed=1, metrics={"auroc": make_estimate(None)})]
    )
    assert summary.metrics["auroc"].value is None


def test_only_seeds_are_averaged_over() -> None:
    parts = [
        make_result(),
        make_result(hyperparameters={"rank": 4}),
        make_result(subset=Subset(fraction=0.1)),
        make_result(dataset="ham"),
        make_result(backbone="vit"),
        make_result(method="linear"),
    ]
    assert len(summarise(parts)) == len(parts)


def test_summaries_come_in_order_whatever_the_order_of_results() -> None:
    results = [
        make_result(subset=s, method=m)
        for s in (Subset(fraction=1.0), Subset(fraction=0.05), Subset(shots=16), Subset(shots=4))
        for m in ("lora", "bitfit")
    ]
    found = summarise(results)
    assert found == summarise(results[::-1])
    assert [s.fraction for s in found[::2]] == ["4shot", "16shot", "5%", "100%"]
    assert [s.method for s in found[:2]] == ["bitfit", "lora"]


def test_intervals_are_cut_at_the_range_of_a_metric() -> None:
    results = [
        make_result(seed=s, metrics={"auroc": make_estimate(v)}) for s, v in enumerate((0.7, 0.9))
    ]
    (wide,) = summarise(results)
    (cut,) = summarise(results, ranges={"auroc": (0.0, 1.0)})
    assert wide.metrics["auroc"].high > 1
    assert (cut.metrics["auroc"].low, cut.metrics["auroc"].high) == (0, 1)


def test_gaps_between_subgroups_are_averaged_over_seeds() -> None:
    results = [
        make_result(seed=s, subgroups={"sex": make_subgroups(gap, worst)})
        for s, (gap, worst) in enumerate([(0.1, "male"), (0.2, "female"), (0.3, "male")])
    ]
    (summary,) = summarise(results, ranges={"auroc": (0, 1)})
    found = summary.disparities["sex"]["auroc"]
    of_seeds = stats.t.ppf(0.975, 2) * statistics.stdev([0.1, 0.2, 0.3]) / math.sqrt(3)
    assert found.gap.value == pytest.approx(0.2)
    assert found.gap.high == pytest.approx(0.2 + math.hypot(0.05, of_seeds), abs=1e-4)
    assert found.gap.low == 0
    assert found.worst.value == pytest.approx(0.7)
    assert found.worst_group == "male / female"


def test_what_one_seed_does_not_compare_is_not_averaged() -> None:
    results = [
        make_result(subgroups={"sex": make_subgroups(0.1)}),
        make_result(seed=1, subgroups={"sex": Subgroups(reason="too few")}),
    ]
    for order in (results, results[::-1]):
        (summary,) = summarise(order)
        assert summary.disparities == {"sex": {}}
