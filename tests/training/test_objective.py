from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from medpeft_sdk.data import ImageSource
from medpeft_sdk.specs import Recipe
from medpeft_sdk.training import predict
from medpeft_sdk.training.objective import AnyClasses, OneClass, objective_of
from tests.training.small import CPU, adapted_network, recipe, train_on

LOGITS = torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
ONE = torch.arange(12) % 3
MANY = (torch.arange(36).reshape(12, 3) % 5 < 2).long()


def mean_loss(objective: Any, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The mean over a batch that is summed in parts of five, as micro-batches are."""
    parts = zip(logits.split(5), labels.split(5), strict=True)
    return sum(objective.loss(*part) for part in parts) / objective.weight(labels)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_one_class_is_the_weighted_cross_entropy_of_torch(weighted: bool, smoothing: float) -> None:
    labels = torch.tensor([0] * 8 + [1] * 3 + [2])
    objective = OneClass(labels, recipe(class_weights=weighted, label_smoothing=smoothing))
    weights = 12 / (3 * torch.tensor([8.0, 3.0, 1.0])) if weighted else None
    expected = F.cross_entropy(LOGITS, labels, weight=weights, label_smoothing=smoothing)
    torch.testing.assert_close(mean_loss(objective, LOGITS, labels), expected)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_any_classes_are_as_many_two_class_problems(weighted: bool, smoothing: float) -> None:
    objective = AnyClasses(MANY, recipe(class_weights=weighted, label_smoothing=smoothing))
    found = mean_loss(objective, LOGITS, MANY)
    losses = []
    for logits, labels in zip(LOGITS.T, MANY.T, strict=True):
        # Softmax over [0, z] is the sigmoid of z.
        two = torch.stack([torch.zeros_like(logits), logits], dim=1)
        weights = 12 / (2 * torch.bincount(labels).float()) if weighted else None
        every = F.cross_entropy(
            two, labels, weight=weights, label_smoothing=smoothing, reduction="none"
        )
        if weighted and smoothing:
            # torch weights each smoothed answer by its own class; here the sample has one weight.
            plain = F.cross_entropy(two, labels, label_smoothing=smoothing, reduction="none")
            every = plain * weights[labels]
        losses.append(every.mean())
    torch.testing.assert_close(found, torch.stack(losses).mean())


def test_weights_count_both_answers_of_each_class_the_same_and_have_mean_one() -> None:
    objective = AnyClasses(MANY, recipe(class_weights=True))
    assert objective._weights is not None
    weights = objective._weights.T.gather(0, MANY)
    torch.testing.assert_close(weights.mean(dim=0), torch.ones(3))
    torch.testing.assert_close((weights * MANY).sum(dim=0), (weights * (1 - MANY)).sum(dim=0))


def test_probabilities_are_a_softmax_or_sigmoids() -> None:
    probabilities, loss = objective_of(ONE).read(LOGITS, ONE)
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(12))
    torch.testing.assert_close(loss, F.cross_entropy(LOGITS, ONE))
    probabilities, loss = objective_of(MANY).read(LOGITS, MANY)
    torch.testing.assert_close(probabilities, 1 / (1 + (-LOGITS).exp()))
    torch.testing.assert_close(loss, F.binary_cross_entropy(probabilities, MANY.float()))


def source(seed: int) -> ImageSource:
    """Images that are bright in red or not, and in blue or not, independently."""
    rng = np.random.default_rng(seed)
    labels = np.stack([np.arange(64) % 2, np.arange(64) // 2 % 2], axis=1)
    pixels = rng.integers(0, 128, (64, 16, 16, 3))
    pixels[:, :, :, 0] += 100 * labels[:, 0, None, None]
    pixels[:, :, :, 2] += 100 * labels[:, 1, None, None]
    rows, grey = np.arange(64), (0.5,) * 3
    return ImageSource(pixels.astype(np.uint8), labels, rows, mean=grey, std=grey)


def right(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
    return ((probabilities > 0.5) == (labels == 1)).float().mean().item()


@pytest.mark.parametrize("weighted", [False, True])
def test_it_learns_several_labels(weighted: bool) -> None:
    settings: Recipe = recipe(class_weights=weighted, min_steps=60, augmentation="none")
    adapted = adapted_network()
    trained = train_on(source(0), source(1), adapted, settings, right)
    probabilities, loss = predict(adapted.model, source(2), CPU)
    assert right(probabilities, source(2).labels) > 0.95
    assert loss < 0.4
    assert probabilities.shape == (64, 2)
    assert all(look.score is not None for look in trained.looks)
