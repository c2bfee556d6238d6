"""Harmonic mean of precision and recall."""

from __future__ import annotations

import torch

from medpeft_plugins.metrics.confusion import count_hits
from medpeft_plugins.metrics.weighted import WeightedMetric


class F1(WeightedMetric):
    """Unweighted mean over classes of F1, of the most probable class.

    Two classes are averaged like any other number. As scikit-learn's
    ``f1_score(average="macro")``: a class that is neither present nor predicted is left out of
    the mean; one that is predicted but absent counts zero. With several labels, each label is
    predicted where its probability is above one half.
    """

    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Computes the mean F1 on each resample from weighted counts."""
        return count_hits(probabilities, labels, weights).f1().nanmean(dim=1)
