"""Accuracy that counts every class alike."""

from __future__ import annotations

import torch
from torchmetrics.functional.classification import multiclass_recall

from medpeft_plugins.metrics.confusion import count_hits
from medpeft_plugins.metrics.labels import once
from medpeft_sdk.evaluation import Metric


class BalancedAccuracy(Metric):
    """Mean recall of the most probable class, over the classes that the sample has.

    As scikit-learn's ``balanced_accuracy_score``: a class that is absent from a sample is left
    out of the mean there. With several labels, the mean over labels of that of each label,
    predicted where its probability is above one half; a label that all samples have, or none
    has, is left out.
    """

    def compute(self, probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        """Computes the mean recall; see `Metric.compute`."""
        if labels.ndim == 2:
            return float(self.compute_resampled(probabilities, labels, once(labels))[0])
        classes = probabilities.shape[1]
        recall = multiclass_recall(
            probabilities.argmax(dim=1), labels, num_classes=classes, average="none"
        )
        return float(recall[torch.bincount(labels, minlength=classes) > 0].mean())

    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Computes the mean recall on each resample from weighted counts."""
        hits = count_hits(probabilities, labels, weights)
        if labels.ndim == 1:
            return hits.recall().nanmean(dim=1)
        return ((hits.recall() + hits.specificity(weights.sum(dim=1))) / 2).nanmean(dim=1)
