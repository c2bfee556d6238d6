"""Accuracy that counts every class alike."""

from __future__ import annotations

import torch

from medpeft_plugins.metrics.confusion import count_hits
from medpeft_plugins.metrics.weighted import WeightedMetric


class BalancedAccuracy(WeightedMetric):
    """Mean recall of the most probable class, over the classes that the sample has.

    As scikit-learn's ``balanced_accuracy_score``: a class that is absent from a sample is left
    out of the mean there. With several labels, the mean over labels of that of each label,
    predicted where its probability is above one half; a label that all samples have, or none
    has, is left out.
    """

    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Computes the mean recall on each resample from weighted counts."""
        hits = count_hits(probabilities, labels, weights)
        if labels.ndim == 1:
            return hits.recall().nanmean(dim=1)
        return ((hits.recall() + hits.specificity(weights.sum(dim=1))) / 2).nanmean(dim=1)
