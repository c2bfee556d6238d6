from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from medpeft_sdk.evaluation import Metric, Predictions
from medpeft_sdk.specs import MetricSpec

Make = Callable[..., Predictions]


class Accuracy(Metric):
    """The plainest metric: the share of right answers."""

    def __init__(self) -> None:
        super().__init__(
            MetricSpec(name="accuracy", title="Accuracy", higher_is_better=True, description="")
        )

    def compute(self, probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        return float((probabilities.argmax(dim=1) == labels).double().mean())

    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        right = (probabilities.argmax(dim=1) == labels).double()
        return weights.double() @ right / weights.sum(dim=1)


@pytest.fixture
def accuracy() -> Accuracy:
    return Accuracy()


def make_predictions(
    n: int = 120,
    classes: int = 3,
    *,
    signal: float = 1.0,
    groups: int | None = None,
    seed: int = 0,
    labels_seed: int = 0,
) -> Predictions:
    """Softmax of noise plus ``signal`` at the true class; same ``labels_seed``, same samples."""
    labels = np.random.default_rng(labels_seed).integers(classes, size=n)
    noise = np.random.default_rng(seed + 1000).normal(size=(n, classes))
    scores = np.exp(noise + signal * np.eye(classes)[labels])
    return Predictions(
        ids=tuple(f"image {i}" for i in range(n)),
        groups=tuple(f"patient {i % groups}" for i in range(n)) if groups else None,
        labels=labels,
        probabilities=(scores / scores.sum(axis=1, keepdims=True)).astype(np.float32),
        classes=tuple(f"class {i}" for i in range(classes)),
    )


@pytest.fixture
def make() -> Make:
    return make_predictions


def make_several(n: int = 120, classes: int = 3, *, seed: int = 0) -> Predictions:
    """Any number of labels a sample, the last one rare; one sample in three has none."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((n, classes)) < np.linspace(0.5, 0.1, classes)).astype(np.int64)
    labels[::3] = 0
    scores = rng.normal(size=(n, classes)) + 1.5 * labels - 0.7
    return Predictions(
        ids=tuple(f"image {i}" for i in range(n)),
        groups=None,
        labels=labels,
        probabilities=(1 / (1 + np.exp(-scores))).astype(np.float32),
        classes=tuple(f"class {i}" for i in range(classes)),
    )


@pytest.fixture
def several() -> Make:
    return make_several
