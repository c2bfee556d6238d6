"""Labels of both forms seen alike: which samples have which class."""

from __future__ import annotations

import torch

THRESHOLD = 0.5
"""Above it a class is predicted, where samples have any number of classes."""


def actual(probabilities: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Returns which samples have which class, shape ``(n, classes)``, ``bool``."""
    return labels == 1 if labels.ndim == 2 else _one_of(labels, probabilities.shape[1])


def predicted(probabilities: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Returns which classes are predicted, in the form of `actual`.

    The most probable class or, where samples have any number, each above the threshold. Of
    equally probable classes it is the one with the lowest index.
    """
    if labels.ndim == 2:
        return probabilities > THRESHOLD
    return _one_of(probabilities.argmax(dim=1), probabilities.shape[1])


def once(labels: torch.Tensor) -> torch.Tensor:
    """Returns the weights of one resample that draws each sample once."""
    return torch.ones(1, len(labels), dtype=torch.int64)


def _one_of(index: torch.Tensor, classes: int) -> torch.Tensor:
    return index[:, None] == torch.arange(classes, device=index.device)
