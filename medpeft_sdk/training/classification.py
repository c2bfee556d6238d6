"""The training loop of classification, and prediction."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from medpeft_sdk.adaptation import Adapted
from medpeft_sdk.data import ImageSource
from medpeft_sdk.errors import DivergedError
from medpeft_sdk.specs import Look, Recipe
from medpeft_sdk.training.draws import Draws
from medpeft_sdk.training.memory import halve
from medpeft_sdk.training.objective import Objective, objective_of
from medpeft_sdk.training.precision import Precision
from medpeft_sdk.training.schedule import batches, learning_rate_factor, look_steps, training_steps

Score = Callable[[torch.Tensor, torch.Tensor], float]
"""A number to maximise, from probabilities ``(n, classes)`` and labels."""

EVALUATION_BATCH = 64
"""Images of a pass that predicts, where memory allows."""

TrainingRun = Generator[Look, None, "Trained"]
"""A training run, paused after each look; its value is how it went."""

_LOSS_CHECK = 20
"""Steps between two looks at whether the loss is finite: each one waits for the device."""


@dataclass(frozen=True)
class Trained:
    """How a training run went; the network holds the parameters of ``best_step``."""

    best_step: int
    looks: tuple[Look, ...]
    steps: int
    micro_batch_size: int
    images_per_second: float


def train_classifier(
    adapted: Adapted,
    train: ImageSource,
    validation: ImageSource,
    *,
    recipe: Recipe,
    precision: Precision,
    seed: int,
    score: Score,
    on_step: Callable[[int, int], None] = lambda step, steps: None,
    validating: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> TrainingRun:
    """Trains an adapted network and leaves it at the step that validation chose.

    Nothing happens until the first look is asked for. Whoever asks for no further look has
    stopped the training; `finish` asks for all. Runs that take turns do not disturb each other.

    Args:
        adapted: The network, on the device of ``precision``.
        train: The images to learn from.
        validation: The images that choose the step.
        recipe: How to train; its learning rate is set.
        precision: Device and number format.
        seed: Of the order and the augmentation of the images.
        score: What validation maximises; a lower loss decides between equal scores.
        on_step: Is told the step, from 1, and the number of steps.
        validating: Makes the context in which each look at the validation split is taken.

    Yields:
        Each look at the validation split.

    Returns:
        How it went.

    Raises:
        DivergedError: The loss stopped being finite.
    """
    assert recipe.learning_rate is not None, "a planned cell's recipe has a learning rate"
    device, model = precision.device, adapted.model
    steps = training_steps(len(train), recipe)
    looks_at = look_steps(steps, recipe)
    optimiser = torch.optim.AdamW(_parameter_groups(adapted, recipe), lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: learning_rate_factor(step, steps, recipe.warmup)
    )
    scaler = precision.scaler()
    objective = objective_of(train.labels)(train.labels, recipe)
    order = batches(len(train), recipe.batch_size, torch.Generator().manual_seed(seed))
    augmenting = torch.Generator(device).manual_seed(seed)
    draws = Draws(seed, device)

    micro_batch_size = min(recipe.batch_size, len(train))
    best_state, best_step, best_rank, idle = adapted.state(), 0, (-float("inf"), -float("inf")), 0
    looks: list[Look] = []
    running_loss, running_steps = torch.zeros((), device=device), 0
    images_seen, stepping_seconds = 0, 0.0
    step = 0
    adapted.train_mode()

    for step in range(1, steps + 1):
        started = time.perf_counter()
        if not model.training:
            adapted.train_mode()
        images, labels = train.batch(next(order), recipe.augmentation, augmenting)
        while True:
            try:
                with draws:
                    loss = _backward(
                        model,
                        images,
                        labels,
                        micro_batch_size,
                        objective,
                        precision,
                        scaler,
                    )
                break
            except RuntimeError as error:
                optimiser.zero_grad(set_to_none=True)
                micro_batch_size = halve(micro_batch_size, error)
        scaler.step(optimiser)
        scaler.update()
        optimiser.zero_grad(set_to_none=True)
        schedule.step()

        running_loss, running_steps = running_loss + loss, running_steps + 1
        if step % _LOSS_CHECK == 0 or step in looks_at:
            _check_finite(running_loss, step, recipe.learning_rate)
        # The first step on a GPU waits for its kernels to be loaded, which can take seconds.
        if step > 1 or steps == 1:
            images_seen += len(labels)
            stepping_seconds += time.perf_counter() - started
        on_step(step, steps)

        if step in looks_at:
            with validating():
                probabilities, validation_loss = predict(model, validation, precision)
                value = score(probabilities, validation.labels.cpu())
            value = None if value != value else value
            training_loss = float(running_loss) / running_steps
            looks.append(
                Look(
                    step=step,
                    training_loss=training_loss,
                    validation_loss=_check_finite(validation_loss, step, recipe.learning_rate),
                    score=value,
                )
            )
            running_loss, running_steps = torch.zeros((), device=device), 0
            rank = (-float("inf") if value is None else value, -float(validation_loss))
            if rank > best_rank:
                best_state, best_step, best_rank, idle = adapted.state(), step, rank, 0
            else:
                idle += 1
            yield looks[-1]
            if recipe.patience is not None and idle >= recipe.patience:
                break

    adapted.load_state(best_state)
    return Trained(
        best_step=best_step,
        looks=tuple(looks),
        steps=step,
        micro_batch_size=micro_batch_size,
        images_per_second=images_seen / stepping_seconds,
    )


def finish(training: TrainingRun) -> Trained:
    """Trains to the end and returns how it went; raises as `train_classifier` does."""
    while True:
        try:
            next(training)
        except StopIteration as end:
            return end.value


@torch.inference_mode()
def predict(
    model: nn.Module,
    source: ImageSource,
    precision: Precision,
    batch_size: int = EVALUATION_BATCH,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Predicts all images of a source, in order.

    Returns:
        Probabilities, shape ``(n, classes)``, float32, on the CPU; and the mean loss.
    """
    model.eval()
    logits: list[torch.Tensor] = []
    first = 0
    while first < len(source):
        positions = torch.arange(first, min(first + batch_size, len(source)))
        images, _ = source.batch(positions)
        try:
            with precision.autocast():
                logits.append(model(images).float())
        except RuntimeError as error:
            batch_size = halve(batch_size, error)
            continue
        first += len(positions)
    probabilities, loss = objective_of(source.labels).read(torch.cat(logits), source.labels)
    return probabilities.cpu(), loss


def _backward(
    model: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    micro_batch_size: int,
    objective: Objective,
    precision: Precision,
    scaler: torch.amp.GradScaler,
) -> torch.Tensor:
    """Accumulates the gradient of the batch's mean loss over its micro-batches."""
    weight = objective.weight(labels)
    total = torch.zeros((), device=images.device)
    for part, wanted in zip(
        images.split(micro_batch_size), labels.split(micro_batch_size), strict=True
    ):
        with precision.autocast():
            logits = model(part)
        loss = objective.loss(logits.float(), wanted) / weight
        scaler.scale(loss).backward()
        total += loss.detach()
    return total


def _parameter_groups(adapted: Adapted, recipe: Recipe) -> list[dict[str, Any]]:
    """Sorts parameters by rate and decay: vectors, such as biases and gains, have no decay."""
    head = {id(parameter) for parameter in adapted.head}
    trainable = adapted.trainable_parameters()
    with_head = any(id(p) not in head for p in trainable) and adapted.spec.pretrained
    head_rate = (recipe.head_learning_rate if with_head else None) or recipe.learning_rate
    return [
        {
            "params": [p for p in trainable if (id(p) in head, p.ndim > 1) == (of_head, decays)],
            "lr": head_rate if of_head else recipe.learning_rate,
            "weight_decay": recipe.weight_decay if decays else 0.0,
        }
        for of_head in (False, True)
        for decays in (False, True)
    ]


def _check_finite(loss: torch.Tensor, step: int, learning_rate: float) -> float:
    value = float(loss)
    if value - value != 0:
        raise DivergedError(
            f"the loss was {value} at step {step} (learning rate {learning_rate:g})"
        )
    return value
