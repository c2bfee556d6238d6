"""Area under the receiver operating characteristic."""

from __future__ import annotations

import torch

from medpeft_plugins.metrics.ranking import OneVsRest, by_column, nan_mean, rankings
from medpeft_plugins.metrics.weighted import WeightedMetric


class Auroc(WeightedMetric):
    """Probability that a positive sample scores above a negative one; ties count one half.

    Of class 1 where there are two classes, else the unweighted mean over classes, or labels, of
    one against the rest, as in scikit-learn's ``roc_auc_score(multi_class="ovr")``. A class that
    is absent from a sample is left out of the mean there; with one class only the value is NaN.
    """

    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Computes the area on each resample as a rank statistic, from one sort a class."""
        columns = by_column(weights)
        areas = []
        for scores, positive in rankings(probabilities, labels):
            one = OneVsRest.of(scores, positive, columns)
            won = (one.drawn * (one.negatives_below + one.negatives_upto)).sum(dim=0) / 2
            areas.append(won / (one.positives * one.negatives))
        return nan_mean(areas, len(weights))
