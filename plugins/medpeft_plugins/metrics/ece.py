"""Expected calibration error."""

from __future__ import annotations

import torch
from torch.nn.functional import one_hot

from medpeft_plugins.metrics.weighted import WeightedMetric

BINS = 15


class Ece(WeightedMetric):
    """Mean gap between the largest probability and the accuracy, within 15 bins of equal width.

    As torchmetrics has it: a bin holds its lower edge, and a probability of exactly one has a
    bin of its own (Guo et al., 2017, arXiv:1706.04599). The estimate is biased upwards, more so
    on few samples, and so are its resamples: compare two methods by their paired difference.

    With several labels, the mean over labels of the gap between a label's probability and its
    frequency, as torchmetrics' ``BinaryCalibrationError`` has it for each.
    """

    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Computes the error on each resample: the sum over bins of the absolute weighted gap."""
        if labels.ndim == 2:
            pairs = zip(probabilities.T, labels.T == 1, strict=True)
            return torch.stack([_resampled(*pair, weights) for pair in pairs]).mean(dim=0)
        confidence, predicted = probabilities.max(dim=1)
        return _resampled(confidence, predicted == labels, weights)


def _resampled(
    confidence: torch.Tensor, right: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    edges = torch.linspace(0, 1, BINS + 1, dtype=confidence.dtype)
    bins = one_hot(torch.bucketize(confidence.contiguous(), edges, right=True) - 1, BINS + 1)
    gap = right.double() - confidence.double()
    total = weights.sum(dim=1)
    return (weights.double() @ (bins * gap[:, None])).abs().sum(dim=1) / total
