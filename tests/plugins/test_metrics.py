from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from torchmetrics import classification as tm

from medpeft_sdk.evaluation import Metric
from medpeft_sdk.registry import load_registry

NAMES = ("auroc", "average_precision", "balanced_accuracy", "brier", "ece", "f1")
TOLERANCE = dict.fromkeys(NAMES, 1e-12) | {"ece": 2e-6}
"""Against scikit-learn; of the calibration error, our transcript of its definition is float32."""


@pytest.fixture(scope="module")
def metrics() -> dict[str, Metric]:
    entries = [load_registry().metrics.get(name) for name in NAMES]
    return {e.spec.name: e.load()(e.spec) for e in entries}


def sample(
    n: int, classes: int, seed: int, *, ties: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities and labels; with ties, from a grid of a few values."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=n)
    scores = rng.normal(size=(n, classes)) + np.eye(classes)[labels]
    if ties:
        scores = np.round(scores)
    p = torch.from_numpy(scores).softmax(dim=1).float()
    return p, torch.from_numpy(labels)


def by_scikit_learn(name: str, p: np.ndarray, y: np.ndarray) -> float:
    classes = p.shape[1]
    predicted = p.argmax(axis=1)
    if name in ("auroc", "average_precision"):
        area = {"auroc": sk.roc_auc_score, "average_precision": sk.average_precision_score}[name]
        rankable = [c for c in range(classes) if 0 < (y == c).sum() < len(y)]
        if classes == 2:
            return area(y == 1, p[:, 1]) if rankable else float("nan")
        if name == "auroc" and len(rankable) == classes:
            return sk.roc_auc_score(y, p, multi_class="ovr")
        return float(np.mean([area(y == c, p[:, c]) for c in rankable])) if rankable else np.nan
    if name == "balanced_accuracy":
        return sk.balanced_accuracy_score(y, predicted)
    if name == "f1":
        return sk.f1_score(y, predicted, average="macro")
    if name == "brier":
        return float(((p.astype(np.float64) - np.eye(classes)[y]) ** 2).sum(axis=1).mean())
    # Expected calibration error, as its definition reads.
    confidence = p.max(axis=1)
    bins = np.minimum((confidence * 15).astype(int), 15)
    gaps = [
        abs((predicted == y)[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    ]
    return float(sum(gaps))


def by_torchmetrics(name: str, p: torch.Tensor, y: torch.Tensor) -> float:
    classes = p.shape[1]
    if classes == 2 and name in ("auroc", "average_precision"):
        binary = {"auroc": tm.BinaryAUROC, "average_precision": tm.BinaryAveragePrecision}[name]()
        return float(binary(p[:, 1], y))
    kinds = {
        "auroc": lambda: tm.MulticlassAUROC(classes),
        "average_precision": lambda: tm.MulticlassAveragePrecision(classes),
        "balanced_accuracy": lambda: tm.MulticlassAccuracy(classes, average="macro"),
        "f1": lambda: tm.MulticlassF1Score(classes, average="macro"),
        "ece": lambda: tm.MulticlassCalibrationError(classes, n_bins=15),
    }
    return float(kinds[name]()(p, y))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_scikit_learn_and_torchmetrics(
    metrics: dict[str, Metric], name: str, classes: int, ties: bool
) -> None:
    p, y = sample(300, classes, seed=classes, ties=ties)
    value = metrics[name].compute(p, y)
    theirs = by_scikit_learn(name, p.numpy(), y.numpy())
    assert value == pytest.approx(theirs, abs=TOLERANCE[name])
    if name != "brier":
        assert value == pytest.approx(by_torchmetrics(name, p, y), abs=2e-6)


def test_brier_is_that_of_scikit_learn(metrics: dict[str, Metric]) -> None:
    for classes in (2, 5):
        p, y = sample(100, classes, seed=1)
        exact = p.double() / p.double().sum(dim=1, keepdim=True)
        try:
            theirs = sk.brier_score_loss(
                y.numpy(), exact.numpy(), scale_by_half=False, labels=range(classes)
            )
        except (TypeError, ValueError):
            pytest.skip("this scikit-learn scores two classes only")
        assert metrics["brier"].compute(p, y) == pytest.approx(theirs, abs=1e-6)


cases = st.tuples(st.integers(2, 40), st.integers(2, 5), st.integers(0, 10_000), st.booleans()).map(
    lambda c: sample(c[0], c[1], c[2], ties=c[3])
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(case=cases)
def test_any_sample_has_the_value_of_scikit_learn(
    metrics: dict[str, Metric], name: str, case: tuple[torch.Tensor, torch.Tensor]
) -> None:
    p, y = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, of classes that are absent.
        expected = by_scikit_learn(name, p.numpy(), y.numpy())
    value = metrics[name].compute(p, y)
    assert value == pytest.approx(expected, abs=TOLERANCE[name], nan_ok=True)
    twice = metrics[name].compute_resampled(p, y, torch.ones(2, len(y), dtype=torch.int64))
    assert twice.dtype == torch.float64
    assert twice.tolist() == pytest.approx([expected] * 2, abs=TOLERANCE[name], nan_ok=True)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(case=cases, seed=st.integers(0, 1000))
def test_a_weight_is_a_number_of_repetitions(
    metrics: dict[str, Metric], name: str, case: tuple[torch.Tensor, torch.Tensor], seed: int
) -> None:
    # Unstratified, so that classes vanish from some resamples.
    p, y = case
    n = len(y)
    weights = torch.from_numpy(
        np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=3)
    )
    metric = metrics[name]
    fast = metric.compute_resampled(p, y, weights)
    slow = Metric.compute_resampled(metric, p, y, weights)
    assert fast.tolist() == pytest.approx(slow.tolist(), abs=2e-6, nan_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_values_stay_within_the_declared_range(metrics: dict[str, Metric], name: str) -> None:
    low, high = metrics[name].spec.range
    right = torch.eye(3)[[0, 1, 2, 0, 1, 2]]
    labels = torch.tensor([0, 1, 2, 0, 1, 2])
    best, worst = (high, low) if metrics[name].spec.higher_is_better else (low, high)
    assert metrics[name].compute(right, labels) == pytest.approx(best)
    wrong = metrics[name].compute(right.roll(1, dims=0), labels)
    assert low <= wrong <= high
    assert wrong == pytest.approx(worst, abs=0.35)


def test_one_class_only_has_no_ranking_and_still_an_accuracy(metrics: dict[str, Metric]) -> None:
    p, _ = sample(20, 3, seed=0)
    y = torch.zeros(20, dtype=torch.int64)
    ones = torch.ones(2, 20, dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, metric in metrics.items():
            value = metric.compute(p, y)
            assert np.isnan(value) == (name in ("auroc", "average_precision"))
            assert metric.compute_resampled(p, y, ones).isnan().all() == np.isnan(value)


def test_a_class_that_no_sample_has_is_left_out(metrics: dict[str, Metric]) -> None:
    p, y = sample(60, 4, seed=3)
    keep = y != 3
    p, y = p[keep], y[keep]
    areas = [sk.roc_auc_score(y.numpy() == c, p[:, c].numpy()) for c in range(3)]
    assert metrics["auroc"].compute(p, y) == pytest.approx(np.mean(areas), abs=1e-6)


def test_registration_imports_no_tensor_library() -> None:
    code = (
        "import sys; from medpeft_sdk.registry import load_registry; "
        f"assert set(load_registry().metrics.names) >= set({NAMES}); "
        "assert not {'torch', 'torchmetrics'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
