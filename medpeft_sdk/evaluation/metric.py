"""What a metric plugin implements."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch

from medpeft_sdk.errors import UnsupportedError
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
            probabilities: Shape ``(n, classes)``, ``float32``; rows sum to one where a sample has
                one class.
            labels: Class indices, shape ``(n,)``, ``int64``; where a sample has any number of
                classes, 0 and 1 for each of them, shape ``(n, classes)``. Only a metric whose
                spec says so is handed the latter.

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
            labels: As for `compute`.
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

    def check_applies(self, labels: torch.Tensor) -> None:
        """Raises `UnsupportedError` where the metric is not defined for labels of this form."""
        if ("one" if labels.ndim == 1 else "any") not in self.spec.labels:
            raise UnsupportedError(
                f"{self.spec.name} is defined for samples with "
                + ("any number of classes" if labels.ndim == 1 else "one class each")
                + ", which these are not"
            )
