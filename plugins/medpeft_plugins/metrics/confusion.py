"""What the metrics of predicted classes share: weighted counts of hits."""

from __future__ import annotations

from typing import NamedTuple

import torch

from medpeft_plugins.metrics.labels import actual, predicted


class Hits(NamedTuple):
    """Counts of each class in each resample, shape ``(resamples, classes)``, ``float64``."""

    right: torch.Tensor
    actual: torch.Tensor
    predicted: torch.Tensor

    def recall(self) -> torch.Tensor:
        """Returns the share of those with a class that are predicted so; NaN without any."""
        return self.right / self.actual

    def specificity(self, total: torch.Tensor) -> torch.Tensor:
        """Returns the share of those without a class that are predicted so; NaN without any."""
        without = total[:, None] - self.actual
        return (without - (self.predicted - self.right)) / without

    def f1(self) -> torch.Tensor:
        """Returns the harmonic mean of recall and precision; NaN where both counts are zero."""
        return 2 * self.right / (self.actual + self.predicted)


def count_hits(probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> Hits:
    """Counts the samples predicted rightly as, being, and predicted as each class.

    Args:
        probabilities: Shape ``(n, classes)``.
        labels: Shape ``(n,)``, or ``(n, classes)``.
        weights: Shape ``(resamples, n)``.
    """
    having = actual(probabilities, labels)
    told = predicted(probabilities, labels)
    counts = weights.double() @ torch.cat([having & told, having, told], dim=1).double()
    return Hits(*counts.chunk(3, dim=1))
