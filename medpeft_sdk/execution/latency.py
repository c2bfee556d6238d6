"""How long a prediction takes."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from medpeft_sdk.specs import Latency

_SECONDS = 0.05
"""Time of the processor to repeat passes for, which a busy machine does not stretch."""

_LEAST, _MOST = 3, 50
"""Passes that are timed, however slow or quick they are."""


def time_passes(work: Callable[[], object], *, batch_size: int, device: torch.device) -> Latency:
    """Times a forward pass again and again; the median is not moved by a slow first one.

    Args:
        work: Makes the pass.
        batch_size: Its images.
        device: Is waited for.
    """
    seconds: list[float] = []
    enough = time.process_time() + _SECONDS
    while len(seconds) < _LEAST or (time.process_time() < enough and len(seconds) < _MOST):
        started = time.perf_counter()
        work()
        if device.type != "cpu":
            torch.accelerator.synchronize(device)
        seconds.append(time.perf_counter() - started)
    first, median, third = np.quantile(seconds, (0.25, 0.5, 0.75)).tolist()
    return Latency(
        batch_size=batch_size,
        median_seconds=median,
        spread_seconds=third - first,
        n=len(seconds),
    )
