"""How many steps a cell trains for, how its learning rate moves, and in which order images come."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from medpeft_sdk.specs import Recipe


def training_steps(samples: int, recipe: Recipe) -> int:
    """Returns the optimiser steps for a subset: its epochs, within the recipe's bounds."""
    batch_size = min(recipe.batch_size, samples)
    steps = recipe.epochs * math.ceil(samples / batch_size)
    return min(max(steps, recipe.min_steps), recipe.max_steps)


def look_steps(steps: int, recipe: Recipe) -> frozenset[int]:
    """Returns the steps after which the validation split is looked at; the last is one of them."""
    looks = min(recipe.validations, steps)
    return frozenset(round(steps * (i + 1) / looks) for i in range(looks))


def learning_rate_factor(step: int, steps: int, warmup: float) -> float:
    """Returns the factor of the peak rate at a step counted from 0: linear warm-up, then cosine."""
    rising = round(steps * warmup)
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def batches(samples: int, batch_size: int, generator: torch.Generator) -> Iterator[torch.Tensor]:
    """Yields positions of full batches for ever, from one shuffled pass after another.

    A batch may reach over the end of a pass, so that few images still fill a batch.
    """
    waiting = torch.empty(0, dtype=torch.int64)
    size = min(batch_size, samples)
    while True:
        while len(waiting) < size:
            waiting = torch.cat([waiting, torch.randperm(samples, generator=generator)])
        yield waiting[:size]
        waiting = waiting[size:]
