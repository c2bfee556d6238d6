"""What is learnt: one of the classes for each image, or any number of them."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
import torch.nn.functional as F

from medpeft_sdk.specs import Recipe


class Objective(ABC):
    """From logits to a loss and to probabilities.

    Args:
        labels: Those of the training subset, which class weights are taken from.
        recipe: Says whether there are class weights, and how labels are smoothed.
    """

    @abstractmethod
    def __init__(self, labels: torch.Tensor, recipe: Recipe) -> None: ...

    @abstractmethod
    def loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Sums the loss, with class weights and smoothing, over the images of a micro-batch."""

    @abstractmethod
    def weight(self, labels: torch.Tensor) -> torch.Tensor | int:
        """Returns what the summed loss of a whole batch is divided by."""

    @staticmethod
    @abstractmethod
    def read(logits: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns probabilities, and the mean loss without weights and smoothing."""


class OneClass(Objective):
    """Classes exclude each other: softmax and cross-entropy.

    Class weights are inverse frequencies with mean one over the samples.
    """

    def __init__(self, labels: torch.Tensor, recipe: Recipe) -> None:
        self._smoothing = recipe.label_smoothing
        self._weights = _inverse_frequencies(labels) if recipe.class_weights else None

    def loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """See `Objective`."""
        return F.cross_entropy(
            logits,
            labels,
            weight=self._weights,
            label_smoothing=self._smoothing,
            reduction="sum",
        )

    def weight(self, labels: torch.Tensor) -> torch.Tensor | int:
        """See `Objective`."""
        return self._weights[labels].sum() if self._weights is not None else len(labels)

    @staticmethod
    def read(logits: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See `Objective`."""
        return logits.softmax(dim=1), F.cross_entropy(logits, labels)


class AnyClasses(Objective):
    """Classes do not exclude each other: sigmoid and binary cross-entropy, mean over classes.

    Each class is a question with two answers. Class weights are the inverse frequencies of its
    answers, with mean one over the samples; smoothing moves both answers towards one half.
    """

    def __init__(self, labels: torch.Tensor, recipe: Recipe) -> None:
        self._smoothing = recipe.label_smoothing
        self._weights = None
        if recipe.class_weights:
            self._weights = torch.stack([_inverse_frequencies(column) for column in labels.T])

    def loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """See `Objective`."""
        smooth = labels.float() * (1 - self._smoothing) + self._smoothing / 2
        weights = None
        if self._weights is not None:
            weights = self._weights.T.gather(0, labels)
        return F.binary_cross_entropy_with_logits(logits, smooth, weights, reduction="sum")

    def weight(self, labels: torch.Tensor) -> torch.Tensor | int:
        """See `Objective`."""
        return labels.numel()

    @staticmethod
    def read(logits: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See `Objective`."""
        return logits.sigmoid(), F.binary_cross_entropy_with_logits(logits, labels.float())


def objective_of(labels: torch.Tensor) -> type[Objective]:
    """Returns what labels ask for: indices of classes, or 0 and 1 for each class."""
    return OneClass if labels.ndim == 1 else AnyClasses


def _inverse_frequencies(labels: torch.Tensor) -> torch.Tensor:
    """Returns the weight of each class; their mean over the samples is one."""
    counts = torch.bincount(labels).clamp(min=1)
    return len(labels) / (len(counts) * counts.float())
