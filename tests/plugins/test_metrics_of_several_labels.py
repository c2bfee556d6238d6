"""The built-in metrics where a sample has any number of classes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from torchmetrics import classification as tm

from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.evaluation import Metric
from medpeft_sdk.registry import load_registry

NAMES = ("auroc", "average_precision", "balanced_accuracy", "brier", "ece", "f1")


@pytest.fixture(scope="module")
def metrics() -> dict[str, Metric]:
    entries = [load_registry().metrics.get(name) for name in NAMES]
    return {e.spec.name: e.load()(e.spec) for e in entries}


def sample(
    n: int, labels: int, seed: int, *, ties: bool = False, rate: float = 0.3
) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities and labels; with ties, from a grid of a few values that holds one half."""
    rng = np.random.default_rng(seed)
    y = (rng.random((n, labels)) < rate).astype(np.int64)
    scores = rng.normal(size=(n, labels)) + 1.5 * y - 0.7
    p = torch.from_numpy(np.round(scores) if ties else scores).sigmoid().float()
    return p, torch.from_numpy(y)


def by_scikit_learn(name: str, p: np.ndarray, y: np.ndarray) -> float:
    predicted = p > 0.5
    if name == "auroc":
        return sk.roc_auc_score(y, p, average="macro")
    if name == "average_precision":
        return sk.average_precision_score(y, p, average="macro")
    if name == "f1":
        return sk.f1_score(y, predicted, average="macro")
    each = {
        "balanced_accuracy": lambda k: sk.balanced_accuracy_score(y[:, k], predicted[:, k]),
        "brier": lambda k: 2 * sk.brier_score_loss(y[:, k], p[:, k].astype(np.float64)),
        "ece": lambda k: calibration_error(p[:, k], y[:, k]),
    }[name]
    return float(np.mean([each(k) for k in range(y.shape[1])]))


def calibration_error(p: np.ndarray, y: np.ndarray) -> float:
    """The expected calibration error of one label, as its definition reads."""
    bins = np.minimum((p * 15).astype(int), 15)
    gaps = [
        abs(y[bins == b].mean() - p[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)
    ]
    return float(sum(gaps))


def by_torchmetrics(name: str, p: torch.Tensor, y: torch.Tensor) -> float:
    labels = y.shape[1]
    whole = {
        "auroc": tm.MultilabelAUROC,
        "average_precision": tm.MultilabelAveragePrecision,
        "f1": tm.MultilabelF1Score,
    }
    if name in whole:
        return float(whole[name](labels, average="macro")(p, y))
    if name == "ece":
        error = tm.BinaryCalibrationError(n_bins=15)
        return float(np.mean([float(error(p[:, k], y[:, k])) for k in range(labels)]))
    recall = tm.MultilabelRecall(labels, average="macro")(p, y)
    specificity = tm.MultilabelSpecificity(labels, average="macro")(p, y)
    return float(recall + specificity) / 2


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("labels", [2, 3, 5])
@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_scikit_learn_and_torchmetrics(
    metrics: dict[str, Metric], name: str, labels: int, ties: bool
) -> None:
    p, y = sample(300, labels, seed=labels, ties=ties)
    value = metrics[name].compute(p, y)
    assert value == pytest.approx(by_scikit_learn(name, p.numpy(), y.numpy()), abs=2e-6)
    if name != "brier":
        assert value == pytest.approx(by_torchmetrics(name, p, y), abs=2e-6)


cases = st.tuples(
    st.integers(2, 40), st.integers(1, 5), st.integers(0, 10_000), st.booleans(), st.floats(0, 1)
).map(lambda c: sample(c[0], c[1], c[2], ties=c[3], rate=c[4]))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(case=cases, seed=st.integers(0, 1000))
def test_a_weight_is_a_number_of_repetitions(
    metrics: dict[str, Metric], name: str, case: tuple[torch.Tensor, torch.Tensor], seed: int
) -> None:
    p, y = case
    n = len(y)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=2)
    weights = torch.from_numpy(np.vstack([weights, np.ones((1, n), np.int64)]))
    metric = metrics[name]
    fast = metric.compute_resampled(p, y, weights)
    slow = Metric.compute_resampled(metric, p, y, weights)
    assert fast.dtype == torch.float64
    assert fast.tolist() == pytest.approx(slow.tolist(), abs=2e-6, nan_ok=True)
    assert fast[-1].item() == pytest.approx(metric.compute(p, y), abs=2e-6, nan_ok=True)


def test_a_label_that_all_or_none_have_is_left_out(metrics: dict[str, Metric]) -> None:
    p, y = sample(80, 3, seed=0)
    some = y.clone()
    some[:, 1], some[:, 2] = 0, 1
    for name in ("auroc", "average_precision", "balanced_accuracy"):
        alone = metrics[name].compute(p[:, :1], y[:, :1])
        assert metrics[name].compute(p, some) == pytest.approx(alone)
        assert np.isnan(metrics[name].compute(p[:, 1:], some[:, 1:]))
    expected = sk.f1_score(some.numpy(), p.numpy() > 0.5, average="macro", zero_division=np.nan)
    assert metrics["f1"].compute(p, some) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["auroc", "average_precision", "balanced_accuracy", "brier"])
def test_one_label_is_two_classes(metrics: dict[str, Metric], name: str) -> None:
    p, y = sample(100, 1, seed=3)
    two = torch.cat([1 - p, p], dim=1)
    assert metrics[name].compute(p, y) == pytest.approx(metrics[name].compute(two, y[:, 0]))


@pytest.mark.parametrize("name", NAMES)
def test_values_stay_within_the_declared_range(metrics: dict[str, Metric], name: str) -> None:
    low, high = metrics[name].spec.range
    y = sample(60, 4, seed=5)[1]
    best, worst = (high, low) if metrics[name].spec.higher_is_better else (low, high)
    assert metrics[name].compute(y.float(), y) == pytest.approx(best)
    wrong = metrics[name].compute(1 - y.float(), y)
    assert wrong == pytest.approx(worst, abs=0.4)
    assert low <= wrong <= high


def test_a_metric_says_for_which_labels_it_is_defined(metrics: dict[str, Metric]) -> None:
    _, y = sample(10, 2, seed=0)
    metrics["auroc"].check_applies(y)
    only_one = metrics["auroc"].spec.model_copy(update={"labels": ("one",)})
    with pytest.raises(UnsupportedError, match="one class each, which these are not"):
        type(metrics["auroc"])(only_one).check_applies(y)
