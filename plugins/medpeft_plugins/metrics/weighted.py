"""The base of metrics that have a weighted form."""

from __future__ import annotations

from abc import abstractmethod

import torch

from medpeft_plugins.metrics.labels import once
from medpeft_sdk.evaluation import Metric


class WeightedMetric(Metric):
    """A metric whose value is its weighted form with each sample drawn once.

    A value and its interval then come from one formula, in ``float64``.
    """

    def compute(self, probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        """Computes the value; see `Metric.compute`."""
        return float(self.compute_resampled(probabilities, labels, once(labels))[0])

    @abstractmethod
    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Computes the metric on each resample; see `Metric.compute_resampled`."""
