"""Simulated results whose truth is known: intervals cover it, ties come out right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from medpeft_sdk.analysis import Condition, Student, difference, gains, largest, rank, ties
from tests.analysis.simulate import simulate

SIMULATIONS = 500


def coverage(draw: Callable[[int], Student], truth: float) -> float:
    """Returns the share of 95 % intervals that hold the truth, over the simulations."""
    held = 0
    for seed in range(SIMULATIONS):
        ends = draw(seed).interval()
        assert ends is not None
        held += ends[0] <= truth <= ends[1]
    return held / SIMULATIONS


def check_covers(draw: Callable[[int], Student], truth: float) -> None:
    """Checks that intervals cover at their level; one check in a thousand would fail by chance."""
    least, most = stats.binom.ppf([0.0005, 0.9995], SIMULATIONS, 0.95) / SIMULATIONS
    assert least <= coverage(draw, truth) <= most


@pytest.mark.parametrize(
    ("about", "options"),
    [
        ("patients only, one seed", {"seeds": 1, "of_patient": 0.5}),
        ("seeds only", {"of_seed": 0.2}),
        ("two seeds", {"seeds": 2, "of_seed": 0.2}),
        ("runs that draw everything anew", {"of_run": 0.5}),
        ("all sources", {"seeds": 5, "of_seed": 0.05, "of_patient": 0.5, "of_run": 0.5}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_intervals_of_differences_cover_at_their_level(about: str, options: dict) -> None:
    def draw(seed: int) -> Student:
        return difference(simulate({"a": 0.3, "b": 0.2}, **options, seed=seed), "a", "b").mean.here

    check_covers(draw, 0.1)


@pytest.mark.parametrize(
    "options",
    [
        {"seeds": 2, "of_seed": 0.06, "of_patient": 0.5, "of_run": 0.5},
        {"seeds": 2, "of_seed": 0.2, "of_patient": 0.5},
        {"seeds": 3, "of_seed": 0.2, "of_patient": 0.5},
        {"datasets": 3, "of_seed": 0.1, "of_patient": 0.5, "of_run": 0.5},
    ],
    ids=["two alike", "two, seeds dominate", "three, seeds dominate", "three on three sets"],
)
def test_intervals_of_few_seeds_and_many_patients_cover_at_least_their_level(options: dict) -> None:
    # Where seeds dominate and happen to agree, patients must not vouch for them.
    def draw(seed: int) -> Student:
        return difference(simulate({"a": 0.3, "b": 0.2}, **options, seed=seed), "a", "b").mean.here

    assert coverage(draw, 0.1) >= stats.binom.ppf(0.0005, SIMULATIONS, 0.95) / SIMULATIONS


@pytest.mark.parametrize("datasets", [2, 3, 5])
def test_intervals_over_datasets_cover_the_mean_of_all_datasets(datasets: int) -> None:
    def draw(seed: int) -> Student:
        scores = simulate(
            {"a": 0.3, "b": 0.2},
            datasets=datasets,
            of_dataset=0.1,
            of_seed=0.05,
            of_patient=0.3,
            resamples=20,
            seed=seed,
        )
        found = difference(scores, "a", "b").mean.elsewhere
        assert found is not None
        return found

    check_covers(draw, 0.1)


def test_intervals_of_relative_gains_cover_at_their_level() -> None:
    def draw(seed: int) -> Student:
        scores = simulate(
            {"full": 2.0, "lora": 2.4}, seeds=3, of_seed=0.05, of_patient=0.5, seed=seed
        )
        (gain,) = gains(scores)
        return gain.share.here

    check_covers(draw, 0.2)


def test_the_interval_of_the_largest_gain_allows_for_its_being_the_largest() -> None:
    # No method gains anything, and one of eight always looks as if it did.
    truth = dict.fromkeys(("full", *"abcdefgh"), 2.0)
    naive, honest = 0, 0
    for seed in range(200):
        best = largest(gains(simulate(truth, seeds=3, of_seed=0.1, seed=seed)))
        ends = best.gain.share.here.interval()
        assert best.candidates == 8 and best.interval is not None and ends is not None
        naive += ends[0] > 0
        honest += best.interval[0] > 0
    assert naive > 2 * honest
    assert honest <= stats.binom.ppf(0.999, 200, 0.05)


def test_the_same_intervals_without_the_students_tails_would_not_cover() -> None:
    # What three seeds look like to a bootstrap that resamples them.
    held = 0
    for seed in range(SIMULATIONS):
        scores = simulate({"a": 0.3, "b": 0.2}, of_seed=0.2, resamples=0, seed=seed)
        runs = (scores.values[0] - scores.values[1]).ravel()
        rng = np.random.default_rng(seed)
        low, high = np.quantile(rng.choice(runs, (500, 3)).mean(axis=1), [0.025, 0.975])
        held += low <= 0.1 <= high
    assert held / SIMULATIONS < 0.85


@pytest.mark.parametrize("datasets", [1, 4])
def test_a_equals_b_and_both_beat_c(datasets: int) -> None:
    right, false = 0, 0
    for seed in range(100):
        scores = simulate(
            {"a": 0.9, "b": 0.9, "c": 0.5},
            datasets=datasets,
            seeds=5,
            of_seed=0.05,
            of_patient=0.3,
            seed=seed,
        )
        groups = ties(scores).groups
        right += set(map(frozenset, groups)) == {frozenset("ab"), frozenset("c")}
        false += not any({"a", "b"} <= set(group) for group in groups)
    assert right >= 90
    # The family-wise error: a finding between the two that are equal.
    assert false <= stats.binom.ppf(0.999, 100, 0.05)


@pytest.mark.parametrize("post_hoc", ["nemenyi", "wilcoxon_holm"])
def test_ranks_over_many_datasets_find_the_same_groups(post_hoc) -> None:
    right, false = 0, 0
    for seed in range(40):
        scores = simulate(
            {"a": 0.9, "b": 0.9, "c": 0.5}, datasets=30, of_dataset=0.1, resamples=0, seed=seed
        )
        ranking = rank(scores, post_hoc=post_hoc)
        right += set(map(frozenset, ranking.groups)) == {frozenset("ab"), frozenset("c")}
        false += not any({"a", "b"} <= set(group) for group in ranking.groups)
        assert ranking.methods[-1] == "c"
    assert right >= 34
    assert false <= stats.binom.ppf(0.999, 40, 0.05)


def test_the_probability_that_a_beats_b_is_calibrated() -> None:
    # Of equal methods it is uniform: above 0.975 once in forty.
    found = []
    for seed in range(SIMULATIONS):
        scores = simulate({"a": 0.2, "b": 0.2}, of_seed=0.1, of_patient=0.3, seed=seed)
        found.append(difference(scores, "a", "b").probability)
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_conditions_that_share_patients_are_not_counted_as_more_of_them() -> None:
    few = (Condition("timm/resnet18", "16shot"),)
    many = tuple(Condition("timm/resnet18", f"{n}shot") for n in (1, 2, 4, 8, 16, 32))
    errors = [
        difference(
            simulate({"a": 0.3, "b": 0.2}, conditions=c, of_patient=0.5, resamples=500), "a", "b"
        ).mean.here.error
        for c in (few, many)
    ]
    assert errors[1] == pytest.approx(errors[0], rel=0.2)
