"""What the metrics of the most probable class share: weighted counts of hits."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn.functional import one_hot


class Hits(NamedTuple):
    """Counts of each class in each resample, shape ``(resamples, classes)``, ``float64``."""

    right: torch.Tensor
    actual: torch.Tensor
    predicted: torch.Tensor


def count_hits(probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> Hits:
    """Counts the samples predicted rightly as, being, and predicted as each class.

    Args:
        probabilities: Shape ``(n, classes)``; of equal ones the lowest index is predicted.
        labels: Shape ``(n,)``.
        weights: Shape ``(resamples, n)``.
    """
    actual = one_hot(labels, probabilities.shape[1]).double()
    predicted = one_hot(probabilities.argmax(dim=1), probabilities.shape[1]).double()
    counts = weights.double() @ torch.cat([actual * predicted, actual, predicted], dim=1)
    return Hits(*counts.chunk(3, dim=1))
