from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from medpeft_sdk.evaluation import Metric, Predictions, estimate, estimate_subgroups
from medpeft_sdk.evaluation.bootstrap import resample
from medpeft_sdk.specs import Subgroups
from tests.evaluation.conftest import Accuracy, Make


class Error(Accuracy):
    """The share of wrong answers: a metric of which less is better."""

    def __init__(self) -> None:
        super().__init__()
        self.spec = self.spec.model_copy(update={"name": "error", "higher_is_better": False})

    def compute(self, probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        return 1 - super().compute(probabilities, labels)

    compute_resampled = Metric.compute_resampled


def with_sites(p: Predictions, *sites: str) -> Predictions:
    values = tuple(sites[i // 2 % len(sites)] for i in range(len(p)))
    return replace(p, attributes={"site": values})


def plain_subgroups(
    p: Predictions, metric: Metric, *, resamples: int, seed: int
) -> dict[str, tuple[float, np.ndarray]]:
    """Value and replicates of each site, one resample at a time."""
    sites = np.array(p.attributes["site"])

    def score(rows: np.ndarray) -> float:
        return metric.compute(
            torch.from_numpy(p.probabilities[rows]), torch.from_numpy(p.labels[rows])
        )

    drawn: dict[str, list[float]] = {site: [] for site in sorted(set(sites))}
    for counts in np.concatenate(list(resample(p, resamples=resamples, seed=seed))):
        rows = np.repeat(np.arange(len(p)), counts)
        for site, scores in drawn.items():
            scores.append(score(rows[sites[rows] == site]))
    return {
        site: (score(np.flatnonzero(sites == site)), np.array(scores))
        for site, scores in drawn.items()
    }


@pytest.mark.parametrize("groups", [None, 50])
def test_everything_is_that_of_a_plain_loop(
    make: Make, accuracy: Accuracy, groups: int | None
) -> None:
    p = with_sites(make(n=240, groups=groups), "a", "b", "c")
    (found,) = estimate_subgroups(p, {"acc": accuracy}, resamples=80, seed=4).values()
    expected = plain_subgroups(p, accuracy, resamples=80, seed=4)
    for group in found.groups:
        value, drawn = expected[group.value]
        assert group.n == 80
        assert group.metrics["acc"].value == pytest.approx(value)
        assert (group.metrics["acc"].low, group.metrics["acc"].high) == pytest.approx(
            np.quantile(drawn, [0.025, 0.975])
        )
    values = {site: value for site, (value, _) in expected.items()}
    largest, widest = [], []
    for at in range(80):
        errors = [drawn[at] - value for value, drawn in expected.values()]
        largest.append(max(map(abs, errors)))
        widest.append(max(errors) - min(errors))
    told = found.disparities["acc"]
    assert told.worst_group == min(values, key=lambda site: values[site])
    for estimate_, value, errors, n in (
        (told.worst, min(values.values()), largest, 80),
        (told.gap, max(values.values()) - min(values.values()), widest, 240),
    ):
        margin = np.quantile(errors, 0.95)
        assert estimate_.value == pytest.approx(value)
        assert estimate_.low == pytest.approx(max(0, value - margin))
        assert estimate_.high == pytest.approx(min(1, value + margin))
        assert estimate_.n == n
    assert found.reason is None


def test_of_an_error_the_largest_is_the_worst(make: Make, accuracy: Accuracy) -> None:
    p = with_sites(make(n=240), "a", "b", "c")
    (found,) = estimate_subgroups(p, {"acc": accuracy, "error": Error()}, resamples=60).values()
    right, wrong = found.disparities["acc"], found.disparities["error"]
    assert wrong.worst_group == right.worst_group
    assert wrong.worst.value == pytest.approx(1 - right.worst.value)
    assert (wrong.worst.low, wrong.worst.high) == pytest.approx(
        (1 - right.worst.high, 1 - right.worst.low)
    )
    assert wrong.gap.value == pytest.approx(right.gap.value)
    assert (wrong.gap.low, wrong.gap.high) == pytest.approx((right.gap.low, right.gap.high))


def test_a_subgroup_that_is_everyone_has_the_metrics_of_the_split(
    make: Make, accuracy: Accuracy
) -> None:
    p = with_sites(make(n=90), "only")
    (found,) = estimate_subgroups(p, {"acc": accuracy}).values()
    assert found.groups[0].metrics == estimate(p, {"acc": accuracy})
    assert found.disparities == {}
    assert found.reason == "fewer than two subgroups can be compared"


def test_every_sample_stands_in_a_subgroup_and_every_omission_has_a_reason(
    make: Make, accuracy: Accuracy
) -> None:
    p = make(n=120)
    sites = np.array([f"site {i % 2}" for i in range(120)], dtype=object)
    sites[np.flatnonzero(p.labels == 1)[:4]] = "lacks class 2"
    sites[-3:] = ""
    many = {"patient": p.ids, "site": tuple(sites)}
    found = estimate_subgroups(replace(p, attributes=many), {"acc": accuracy}, resamples=20)
    assert found["patient"] == Subgroups(
        reason="it has 120 values; expected at most 12, or numbers"
    )
    groups = {group.value: group for group in found["site"].groups}
    assert sum(group.n for group in groups.values()) == 120
    assert groups["lacks class 2"].reason == "too few samples of class 'class 0': 0 of 5"
    assert groups["unknown"].reason == "the value is not known"
    assert groups["unknown"].metrics == {} and groups["unknown"].n == 3
    assert groups["site 0"].reason is None
    assert found["site"].disparities["acc"].gap.n == 120 - 3 - groups["lacks class 2"].n


def test_patients_count_where_there_are_any(make: Make, accuracy: Accuracy) -> None:
    p = with_sites(make(n=240), "a", "b")
    few = tuple(f"{site} {i % 8}" for i, site in enumerate(p.attributes["site"]))
    (found,) = estimate_subgroups(replace(p, groups=few), {"acc": accuracy}, resamples=5).values()
    assert {group.reason for group in found.groups} == {"too few groups of class 'class 0': 4 of 5"}


def test_several_labels_need_samples_with_and_without_each(several: Make) -> None:
    p = several(n=300)
    # At site b every sample has label 0.
    sites = np.where((p.labels[:, 0] == 1) & (np.arange(300) % 2 == 0), "b", "a")
    p = replace(p, attributes={"site": tuple(sites)})
    (found,) = estimate_subgroups(p, {}, resamples=5).values()
    reasons = {group.value: group.reason for group in found.groups}
    assert reasons == {"a": None, "b": "too few samples without class 'class 0': 0 of 5"}


def test_a_metric_that_raises_or_does_not_apply_is_a_reason(
    make: Make, several: Make, accuracy: Accuracy
) -> None:
    class Raising(Accuracy):
        def compute(self, probabilities: torch.Tensor, labels: torch.Tensor) -> float:
            raise ZeroDivisionError("no luck today")

    for p, metric, reason in (
        (make(), Raising(), "the metric 'm' failed: ZeroDivisionError: no luck today"),
        (several(n=300), accuracy, "accuracy is defined for samples with one class each"),
    ):
        (found,) = estimate_subgroups(with_sites(p, "a", "b"), {"m": metric}).values()
        assert all(str(g.metrics["m"].reason).startswith(reason) for g in found.groups)
        assert found.disparities == {}


def test_equal_seeds_give_equal_subgroups(make: Make, accuracy: Accuracy) -> None:
    p = with_sites(make(), "a", "b")
    first, again = (
        estimate_subgroups(p, {"acc": accuracy}, resamples=30, seed=2) for _ in range(2)
    )
    assert first == again


@pytest.mark.parametrize(("gap", "sites"), [(0.0, 2), (0.0, 5), (0.2, 2), (0.2, 5)])
def test_the_intervals_cover_the_truth_even_where_all_sites_are_alike(
    accuracy: Accuracy, gap: float, sites: int
) -> None:
    """One site is right less often by the gap; by chance alone others differ as well."""
    of_gap, of_worst, trials = 0, 0, 100
    for trial in range(trials):
        rng = np.random.default_rng(trial)
        site, labels = rng.integers(sites, size=300), rng.integers(2, size=300)
        right = rng.random(300) < np.where(site == 0, 0.8 - gap, 0.8)
        p = Predictions(
            ids=tuple(map(str, range(300))),
            groups=None,
            labels=labels,
            probabilities=np.eye(2, dtype=np.float32)[np.where(right, labels, 1 - labels)],
            classes=("a", "b"),
            attributes={"site": tuple(map(str, site))},
        )
        (found,) = estimate_subgroups(p, {"acc": accuracy}, resamples=200).values()
        told = found.disparities["acc"]
        of_gap += told.gap.low <= gap <= told.gap.high
        of_worst += told.worst.low <= 0.8 - gap <= told.worst.high
    # Three standard errors of a proportion of 0.95 in 100 are 0.065.
    assert of_gap / trials >= 0.88
    assert of_worst / trials >= 0.88
