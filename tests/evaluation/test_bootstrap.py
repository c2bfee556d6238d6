from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from medpeft_sdk.evaluation import bootstrap
from medpeft_sdk.evaluation.bootstrap import interval, resample, simultaneous_interval
from tests.evaluation.conftest import Make


def counts_of(predictions, **options) -> np.ndarray:
    return np.concatenate(list(resample(predictions, **options)))


def test_every_class_keeps_its_size_in_every_resample(make: Make) -> None:
    p = make(n=90)
    counts = counts_of(p, resamples=200)
    assert counts.shape == (200, 90)
    for label in range(3):
        drawn = counts[:, p.labels == label].sum(axis=1)
        assert (drawn == (p.labels == label).sum()).all()


def test_draws_are_uniform_within_a_class(make: Make) -> None:
    counts = counts_of(make(n=30), resamples=4000)
    assert np.abs(counts.mean(axis=0) - 1).max() < 0.08


def test_groups_are_drawn_whole(make: Make) -> None:
    p = make(n=120, groups=30)
    counts = counts_of(p, resamples=50)
    groups = np.array(p.groups)
    for group in set(p.groups):
        assert (np.ptp(counts[:, groups == group], axis=1) == 0).all()
    assert (counts > 1).any()


def test_a_group_belongs_to_the_stratum_of_its_rarest_label(make: Make) -> None:
    # Class 0 has four samples, classes 1 and 2 have two each: of these, 1 comes first.
    p = replace(
        make(n=8),
        labels=np.array([0, 0, 0, 2, 1, 2, 0, 1]),
        groups=("a", "a", "b", "b", "c", "c", "d", "a"),
    )
    counts = counts_of(p, resamples=500)
    for stratum in ("d", "ac", "b"):
        drawn = counts[:, [p.groups.index(patient) for patient in stratum]]
        assert (drawn.sum(axis=1) == len(stratum)).all()
    assert np.ptp(counts[:, p.groups.index("a")]) == 2


def test_samples_without_any_label_are_a_stratum_of_their_own(several: Make) -> None:
    p = several(n=90)
    counts = counts_of(p, resamples=200)
    none = ~p.labels.any(axis=1)
    rarest = p.labels[:, 2] == 1
    for part in (none, rarest):
        assert (counts[:, part].sum(axis=1) == part.sum()).all()


def test_equal_seeds_give_equal_resamples(make: Make) -> None:
    p = make()
    assert (counts_of(p, seed=3, resamples=20) == counts_of(p, seed=3, resamples=20)).all()
    assert (counts_of(p, seed=3, resamples=20) != counts_of(p, seed=4, resamples=20)).any()


def test_chunks_bound_memory_and_lose_no_resample(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_CHUNK", 1000)
    chunks = list(resample(make(n=120), resamples=50))
    assert max(c.size for c in chunks) <= 1000
    assert sum(len(c) for c in chunks) == 50


def test_the_interval_agrees_with_scipy(make: Make) -> None:
    p = replace(make(n=200), labels=np.zeros(200, np.int64))
    x = np.random.default_rng(5).normal(size=200)
    means = counts_of(p, resamples=4000) @ x / 200
    ours = interval(means, float(x.mean()))
    theirs = stats.bootstrap(
        (x,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_a_simultaneous_interval_is_as_wide_as_the_largest_error_and_stays_within_bounds() -> None:
    errors = np.linspace(0, 0.2, 1001)
    assert simultaneous_interval(errors, 0.5, 0, 1) == pytest.approx((0.31, 0.69))
    assert simultaneous_interval(errors, 0.1, 0, 1) == pytest.approx((0, 0.29))
    assert simultaneous_interval(errors, 0.9, 0, 1) == pytest.approx((0.71, 1))
    assert simultaneous_interval(np.full(10, np.nan), 0.2, 0, 1) is None


def test_the_interval_holds_the_value_and_needs_defined_replicates() -> None:
    replicates = np.linspace(0.2, 0.4, 1000)
    assert interval(replicates, 0.1) == pytest.approx((0.1, 0.395))
    some = np.where(np.arange(1000) < 50, np.nan, replicates)
    assert interval(some, 0.3) is not None
    most = np.where(np.arange(1000) < 500, np.nan, replicates)
    assert interval(most, 0.3) is None
