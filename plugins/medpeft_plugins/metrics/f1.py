"""Harmonic mean of precision and recall."""

from __future__ import annotations

import torch
from torchmetrics.functional.classification import multiclass_f1_score

from medpeft_plugins.metrics.confusion import count_hits
from medpeft_plugins.metrics.labels import once
from medpeft_sdk.evaluation import Metric


class F1(Metric):
    """Unweighted mean over classes of F1, of the most probable class.

    Two classes are averaged like any other number. As scikit-learn's
    ``f1_score(average="macro")``: a class that is neither present nor predicted is left out of
    the mean; one that is predicted but absent counts zero. With several labels, each label is
    predicted where its probability is above one half.
    """

    def compute(self, probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        """Computes the mean F1; see `Metric.compute`."""
        if labels.ndim == 2:
            return float(self.compute_resampled(probabilities, labels, once(labels))[0])
        predicted = probabilities.argmax(dim=1)
        classes = probabilities.shape[1]
        return float(multiclass_f1_score(predicted, labels, num_classes=classes, average="macro"))

    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Computes the mean F1 on each resample from weighted counts."""
        return count_hits(probabilities, labels, weights).f1().nanmean(dim=1)
