from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from medpeft_sdk.specs import Recipe
from medpeft_sdk.training.schedule import (
    batches,
    learning_rate_factor,
    look_steps,
    training_steps,
)


def test_steps_are_epochs_within_bounds() -> None:
    recipe = Recipe(epochs=10, batch_size=32, min_steps=50, max_steps=200)
    assert training_steps(320, recipe) == 100
    assert training_steps(48, recipe) == 50
    assert training_steps(10_000, recipe) == 200


@given(steps=st.integers(1, 500), looks=st.integers(1, 40))
def test_the_last_step_is_always_looked_at(steps: int, looks: int) -> None:
    chosen = look_steps(steps, Recipe(validations=looks))
    assert steps in chosen
    assert len(chosen) == min(looks, steps)
    assert min(chosen) >= 1


def test_the_rate_rises_linearly_and_falls_as_torch_s_cosine_does() -> None:
    steps, warmup = 100, 0.1
    factors = [learning_rate_factor(s, steps, warmup) for s in range(steps)]
    assert factors[:10] == pytest.approx([(s + 1) / 10 for s in range(10)])
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=1.0)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps - 10)
    expected = []
    for _ in range(steps - 10):
        expected.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        cosine.step()
    assert factors[10:] == pytest.approx(expected, abs=1e-6)
    assert math.isclose(learning_rate_factor(0, 1, 0.0), 1.0)


@given(samples=st.integers(1, 60), size=st.integers(1, 40), seed=st.integers(0, 9))
def test_every_image_comes_once_a_pass(samples: int, size: int, seed: int) -> None:
    stream = batches(samples, size, torch.Generator().manual_seed(seed))
    drawn = torch.cat([next(stream) for _ in range(2 * samples)])
    passes = [drawn[i * samples : (i + 1) * samples].tolist() for i in range(2)]
    assert all(sorted(p) == list(range(samples)) for p in passes)


def test_batches_are_full_and_a_function_of_the_seed() -> None:
    def draw(seed: int) -> list[list[int]]:
        stream = batches(10, 4, torch.Generator().manual_seed(seed))
        return [b.tolist() for b in itertools.islice(stream, 6)]

    assert draw(0) == draw(0) != draw(1)
    assert all(len(b) == 4 for b in draw(0))
