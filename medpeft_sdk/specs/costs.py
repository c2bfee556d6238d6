"""What an answer cost: time, memory, operations and energy, each with its scope."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from medpeft_sdk.specs.base import Spec

PhaseName = Literal["data", "load", "adapt", "train", "validate", "test"]
"""The parts of a cell's life, in their order."""


class Phase(Spec):
    """What one phase of a cell took.

    Attributes:
        seconds: Wall time.
        memory_bytes: How far the peak of the phase lies above what the process held before the
            cell made its network: of the device's allocator on a GPU, of resident memory on a
            CPU. ``None`` of a phase that was over by then, and where the system does not tell
            the peak of a part of a process's life.
    """

    seconds: float = Field(ge=0)
    memory_bytes: int | None = Field(default=None, ge=0)


class Latency(Spec):
    """Wall time of one forward pass, repeated.

    Attributes:
        batch_size: Images of the pass.
        median_seconds: Median of the passes.
        spread_seconds: Their interquartile range.
        n: Passes timed.
    """

    batch_size: int = Field(ge=1)
    median_seconds: float = Field(ge=0)
    spread_seconds: float = Field(ge=0)
    n: int = Field(ge=1)


class Inference(Spec):
    """What a prediction costs.

    Attributes:
        flops: Floating-point operations of a forward pass of one image.
        single: Latency of one image.
        batched: Latency of a batch of the size that evaluation uses.
        reason: Why something is ``None``.
    """

    flops: int | None = Field(default=None, ge=0)
    single: Latency | None = None
    batched: Latency | None = None
    reason: str | None = None


class TrainingStep(Spec):
    """What an optimiser step costs.

    Attributes:
        flops: Floating-point operations of the forward and backward passes of one batch.
        images: Images of the batch.
        reason: Why the operations are not known.
    """

    flops: int | None = Field(default=None, ge=0)
    images: int = Field(ge=1)
    reason: str | None = None


class Energy(Spec):
    """What the GPU's board drew, by the counter of its driver.

    Attributes:
        joules: Of the whole board, other processes on it included, and of nothing else: neither
            processor nor memory of the machine.
        seconds: Time between the two readings, which is the training with its looks at the
            validation split.
    """

    joules: float = Field(ge=0)
    seconds: float = Field(ge=0)


class Costs(Spec):
    """What the answer cost, on the machine of `Environment`.

    Operations are those of matrix products, convolutions and attention, a multiplication and an
    addition counted as two; see `execution.flops`. What a result does not have was not measured.

    Attributes:
        setup_seconds: Building the network, loading its weights and adapting it.
        training_seconds: All optimiser steps and looks at the validation split.
        evaluation_seconds: Predicting the test split and computing the metrics.
        images_per_second: Training images over the time of the optimiser steps but the first.
        peak_memory_bytes: Peak of the device's allocator on a GPU; on a CPU, peak resident
            memory of the process that ran the cell.
        steps: Optimiser steps taken.
        micro_batch_size: Images per forward pass, after any back-off for memory.
        phases: Time and memory by phase.
        training_step: One optimiser step.
        inference: Predicting with the adapted network.
        merged: Predicting with the network that the method was merged into.
        energy: Energy of the training; ``None`` without a GPU that tells it.
    """

    setup_seconds: float = Field(ge=0)
    training_seconds: float = Field(ge=0)
    evaluation_seconds: float = Field(ge=0)
    images_per_second: float = Field(ge=0)
    peak_memory_bytes: int = Field(ge=0)
    steps: int = Field(ge=0)
    micro_batch_size: int = Field(ge=1)
    phases: dict[PhaseName, Phase] = {}
    training_step: TrainingStep | None = None
    inference: Inference | None = None
    merged: Inference | None = None
    energy: Energy | None = None
