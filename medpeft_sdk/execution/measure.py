"""What a trained network costs to train and to use, measured on it once everything else is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn

from medpeft_sdk.adaptation import Adapted
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.execution.flops import Once, anew, inference_flops, training_flops
from medpeft_sdk.execution.latency import time_passes
from medpeft_sdk.specs import Inference, Latency, TrainingStep
from medpeft_sdk.training import Precision

T = TypeVar("T")

_LONGEST_PASS = 0.1
"""Seconds that a processor's pass of a whole batch may be expected to take, or it is left out."""


def measure_training_step(
    adapted: Adapted,
    images: Tensor,
    precision: Precision,
    *,
    batch: int,
    micro_batch: int,
    once: Once = anew,
) -> TrainingStep:
    """Counts the operations of one optimiser step; takes what `training_flops` takes."""
    reasons: list[str] = []

    def count() -> int:
        with untouched(adapted.model):
            adapted.train_mode()
            return training_flops(
                adapted.model, images, precision, batch=batch, micro_batch=micro_batch
            )

    flops = _attempt(lambda: once(f"training, {batch} by {micro_batch}", count), reasons)
    return TrainingStep(flops=flops, images=batch, reason="; ".join(reasons) or None)


def measure_inference(
    model: nn.Module, images: Tensor, precision: Precision, once: Once = anew
) -> Inference:
    """Measures predicting, one image alone and all of them at once.

    Args:
        model: The network; left as it is.
        images: A batch of the size that evaluation uses.
        precision: The number format.
        once: Counts its operations.
    """
    reasons: list[str] = []

    def timed(batch: Tensor) -> Latency:
        def forward() -> None:
            with torch.inference_mode(), precision.autocast():
                model(batch)

        return time_passes(forward, batch_size=len(batch), device=precision.device)

    with untouched(model):
        model.eval()
        flops = _attempt(
            lambda: once("inference", lambda: inference_flops(model, images[:1], precision)),
            reasons,
        )
        single = _attempt(lambda: timed(images[:1]), reasons)
        batched = None
        expected = single.median_seconds * len(images) if single else 0.0
        if precision.device.type == "cpu" and expected > _LONGEST_PASS:
            reasons.append(f"a pass of {len(images)} images takes too long to be repeated")
        elif single:
            batched = _attempt(lambda: timed(images), reasons)
    return Inference(flops=flops, single=single, batched=batched, reason="; ".join(reasons) or None)


def measure_merged(
    adapted: Adapted, images: Tensor, precision: Precision, once: Once = anew
) -> Inference:
    """Measures predicting with a merged copy, as `measure_inference` does."""
    reasons: list[str] = []
    merged = _attempt(adapted.merge, reasons)
    if merged is None:
        return Inference(reason=reasons[0])
    return measure_inference(
        merged, images, precision, lambda name, count: once(f"{name}, merged", count)
    )


@contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Leaves a network, its modes and gradients, and PyTorch's random numbers as they were."""
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    modes = [(module, module.training) for module in model.modules()]
    gradients = [(parameter, parameter.grad) for parameter in model.parameters()]
    for parameter, _ in gradients:
        parameter.grad = None
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            yield
    finally:
        with torch.no_grad():
            for buffer, kept in buffers:
                buffer.copy_(kept)
        for module, mode in modes:
            module.training = mode
        for parameter, gradient in gradients:
            parameter.grad = gradient


def _attempt(work: Callable[[], T], reasons: list[str]) -> T | None:
    """Does something that a plugin's network may fail in any way; notes why it did."""
    try:
        return work()
    except UnsupportedError as error:
        reasons.append(error.what)
    except Exception as error:
        reasons.append(f"{type(error).__name__}: {error}".splitlines()[0])
    return None
