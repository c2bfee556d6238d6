from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from medpeft_sdk.errors import DataError, PluginError, UnsupportedError
from medpeft_sdk.evaluation import (
    Metric,
    estimate,
    paired_difference,
)
from tests.evaluation.conftest import Accuracy, Make


class Plain(Accuracy):
    """The same without its vectorised form."""

    compute_resampled = Metric.compute_resampled


class Undefined(Accuracy):
    def compute(self, probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        return float("nan")

    compute_resampled = Metric.compute_resampled


class Misshapen(Accuracy):
    def compute_resampled(self, probabilities, labels, weights):
        return weights.double()


def test_an_estimate_has_value_interval_and_n(make: Make, accuracy: Accuracy) -> None:
    p = make(n=300)
    e = estimate(p, {"accuracy": accuracy})["accuracy"]
    assert e.value == pytest.approx((p.probabilities.argmax(axis=1) == p.labels).mean())
    assert e.low is not None and e.high is not None
    assert 0 < e.low < e.value < e.high < 1
    assert e.n == 300
    # Close to the normal interval of a proportion.
    assert (e.high - e.low) / 2 == pytest.approx(
        1.96 * np.sqrt(e.value * (1 - e.value) / 300), rel=0.15
    )


def test_the_slow_default_of_a_metric_gives_the_same(make: Make, accuracy: Accuracy) -> None:
    p = make(groups=40)
    both = estimate(p, {"fast": accuracy, "slow": Plain()}, resamples=50, seed=2)
    assert both["fast"].low == pytest.approx(both["slow"].low)
    assert both["fast"].high == pytest.approx(both["slow"].high)


def test_equal_seeds_give_equal_estimates(make: Make, accuracy: Accuracy) -> None:
    p, metrics = make(), {"accuracy": accuracy}
    assert estimate(p, metrics, seed=1) == estimate(p, metrics, seed=1)


def test_what_is_undefined_is_none_and_never_nan(make: Make) -> None:
    e = estimate(make(), {"u": Undefined()}, resamples=10)["u"]
    assert (e.value, e.low, e.high) == (None, None, None)
    assert "NaN" not in e.to_json()


def test_a_metric_of_the_wrong_shape_is_named(make: Make) -> None:
    with pytest.raises(PluginError, match="accuracy"):
        paired_difference(make(), make(), Misshapen())
    assert "gave values of shape" in str(estimate(make(), {"a": Misshapen()})["a"].reason)


def test_correlated_samples_of_a_patient_widen_the_interval(make: Make, accuracy: Accuracy) -> None:
    # Ten copies of each of 30 patients carry the information of 30 samples.
    one = make(n=30, classes=2)
    many = replace(
        one,
        ids=tuple(map(str, range(300))),
        groups=tuple(str(i // 10) for i in range(300)),
        labels=one.labels.repeat(10),
        probabilities=one.probabilities.repeat(10, axis=0),
    )
    widths = [
        e.high - e.low
        for p in (one, many, replace(many, groups=None))
        for e in [estimate(p, {"a": accuracy})["a"]]
    ]
    assert widths[1] == pytest.approx(widths[0], rel=0.15)
    assert widths[2] < widths[0] / 2


def test_intervals_cover_the_truth_at_about_their_level(accuracy: Accuracy, make: Make) -> None:
    # The truth is the accuracy of a very large sample from the same source.
    large = make(n=200_000, classes=2, seed=1, labels_seed=1)
    truth = accuracy.compute(torch.from_numpy(large.probabilities), torch.from_numpy(large.labels))
    covered = 0
    for i in range(200):
        p = make(n=150, classes=2, seed=i, labels_seed=i)
        e = estimate(p, {"a": accuracy}, resamples=300)["a"]
        covered += e.low <= truth <= e.high
    # Three standard errors of a proportion of 0.95 in 200 are 0.046.
    assert covered / 200 >= 0.90


def test_a_paired_difference_is_surer_than_two_intervals(make: Make, accuracy: Accuracy) -> None:
    a = make(n=400, signal=1.0)
    better = a.probabilities * (1 + 0.5 * np.eye(3, dtype=np.float32)[a.labels])
    b = replace(a, probabilities=better / better.sum(axis=1, keepdims=True))
    d = paired_difference(b, a, accuracy)
    alone = [estimate(p, {"a": accuracy})["a"] for p in (a, b)]
    assert d.value == pytest.approx(alone[1].value - alone[0].value)
    assert 0 < d.low < d.value < d.high
    assert d.high - d.low < (alone[0].high - alone[0].low)
    reverse = paired_difference(a, b, accuracy)
    assert (reverse.low, reverse.high) == pytest.approx((-d.high, -d.low))


def test_a_method_does_not_beat_itself(make: Make, accuracy: Accuracy) -> None:
    d = paired_difference(make(), make(), accuracy)
    assert (d.value, d.low, d.high) == (0, 0, 0)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda p: replace(p, ids=p.ids[::-1]), "ids"),
        (lambda p: replace(p, labels=p.labels[::-1].copy()), "labels"),
        (lambda p: replace(p, groups=tuple(p.ids)), "groups"),
        (lambda p: replace(p, classes=("x", "y", "z")), "classes"),
    ],
)
def test_other_samples_are_not_compared(make: Make, accuracy: Accuracy, change, word: str) -> None:
    p = make()
    with pytest.raises(DataError, match=word):
        paired_difference(p, change(p), accuracy)


def test_a_metric_that_does_not_apply_says_so(several: Make, accuracy: Accuracy) -> None:
    estimate_ = estimate(several(), {"accuracy": accuracy})["accuracy"]
    assert (estimate_.value, estimate_.low, estimate_.n) == (None, None, 120)
    assert estimate_.reason == (
        "accuracy is defined for samples with one class each, which these are not"
    )
    with pytest.raises(UnsupportedError, match="one class each"):
        paired_difference(several(), several(), accuracy)


class Raising(Accuracy):
    def compute(self, probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        raise ZeroDivisionError("no luck today")


def test_a_metric_that_fails_takes_no_other_with_it(make: Make, accuracy: Accuracy) -> None:
    p = make()
    both = estimate(p, {"accuracy": accuracy, "raising": Raising()})
    assert both["accuracy"] == estimate(p, {"accuracy": accuracy})["accuracy"]
    broken = both["raising"]
    assert (broken.value, broken.low, broken.high, broken.n) == (None, None, None, len(p))
    assert broken.reason == "the metric 'raising' failed: ZeroDivisionError: no luck today"
