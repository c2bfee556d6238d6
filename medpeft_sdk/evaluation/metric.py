"""What a metric plugin implements."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch

from medpeft_sdk.specs import MetricSpec


class Metric(ABC):
    """One number computed from labels and predicted probabilities.

    Attributes:
        spec: What was registered.
    """

    def __init__(self, spec: MetricSpec) -> None:
        self.spec = spec

    @abstractmethod
    def compute(self, probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        """Computes the metric.

        Args:
            probabilities: Shape ``(n, classes)``, ``float32``; rows sum to one.
            labels: Shape ``(n,)``, ``int64``.

        Returns:
            The value, or NaN where it is undefined on this sample.
        """

    def compute_resampled(
        self, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
    ) -> torch.Tensor:
        """Computes the metric on many resamples of the same samples.

        The default resamples and calls `compute` for each; a metric that has a weighted form
        overrides it with one vectorised pass.

        Args:
            probabilities: Shape ``(n, classes)``.
            labels: Shape ``(n,)``.
            weights: How often each sample is drawn in each resample, shape ``(resamples, n)``,
                ``int64``.

        Returns:
            Shape ``(resamples,)``, ``float64``; NaN where undefined.
        """
        values = []
        for row in weights:
            drawn = torch.repeat_interleave(torch.arange(len(labels)), row)
            values.append(self.compute(probabilities[drawn], labels[drawn]))
        return torch.tensor(values, dtype=torch.float64)
