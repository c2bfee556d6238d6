"""Area under the steps of the precision-recall curve."""

from __future__ import annotations

import torch

from medpeft_plugins.metrics.ranking import OneVsRest, by_column, nan_mean, rankings
from medpeft_plugins.metrics.weighted import WeightedMetric


class AveragePrecision(WeightedMetric):
    """Precision at the score of each positive sample, averaged over the positive samples.

    Of class 1 where there are two classes, else the unweighted mean over classes, or labels, of
    one against the rest, as in scikit-learn's ``average_precision_score``. A class that is absent
    from a sample is left out of the mean there; with one class only the value is NaN.
    """

    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Computes the area on each resample from one sort a class."""
        columns = by_column(weights)
        areas = []
        for scores, positive in rankings(probabilities, labels):
            one = OneVsRest.of(scores, positive, columns)
            found = one.positives - one.positives_below
            alarms = one.negatives - one.negatives_below
            precision = found / (found + alarms).clamp(min=1)
            area = (one.drawn * precision).sum(dim=0) / one.positives
            areas.append(torch.where(one.negatives > 0, area, torch.nan))
        return nan_mean(areas, len(weights))
