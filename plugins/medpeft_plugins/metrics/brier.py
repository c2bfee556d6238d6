"""Squared error of the probabilities."""

from __future__ import annotations

import torch

from medpeft_plugins.metrics.labels import actual
from medpeft_plugins.metrics.weighted import WeightedMetric


class Brier(WeightedMetric):
    """Mean over samples of the squared distance between probabilities and one-hot label.

    In [0, 2], for two classes too (Brier's own definition of 1950, twice the binary one);
    scikit-learn's ``brier_score_loss(scale_by_half=False)``. With several labels, the mean over
    labels of that of each label, whose two classes are to have it and not to. Always defined.
    """

    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Computes the score on each resample as a weighted mean."""
        total = weights.sum(dim=1)
        return weights.double() @ _distances(probabilities, labels) / total


def _distances(probabilities: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    squares = (probabilities.double() - actual(probabilities, labels).double()).square()
    return squares.sum(dim=1) if labels.ndim == 1 else 2 * squares.mean(dim=1)
