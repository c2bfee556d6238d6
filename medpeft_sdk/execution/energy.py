"""Energy of a GPU's board, by the counter that NVIDIA's driver keeps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from medpeft_sdk.specs import Energy


class EnergyMeter:
    """Reads the counter of one board before and after each of the parts of a training.

    Attributes:
        energy: What was drawn in all of them; ``None`` without a GPU whose counter can be read.
    """

    energy: Energy | None = None

    def __init__(self, device: torch.device) -> None:
        self._device = device

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Measures what is drawn inside."""
        nvml = _nvml() if self._device.type == "cuda" else None
        if nvml is None:
            yield
            return
        try:
            before, started = self._millijoules(nvml), time.perf_counter()
            yield
            after, seconds = self._millijoules(nvml), time.perf_counter() - started
            if before is not None and after is not None:
                self._add((after - before) / 1000, seconds)
        finally:
            nvml.nvmlShutdown()

    def _add(self, joules: float, seconds: float) -> None:
        so_far = self.energy or Energy(joules=0.0, seconds=0.0)
        self.energy = Energy(joules=so_far.joules + joules, seconds=so_far.seconds + seconds)

    def _millijoules(self, nvml: Any) -> int | None:
        torch.cuda.synchronize(self._device)
        uuid = torch.cuda.get_device_properties(self._device).uuid
        try:
            board = nvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")
            return nvml.nvmlDeviceGetTotalEnergyConsumption(board)
        # A part of a GPU has no counter of its own, and older boards have none.
        except nvml.NVMLError:
            return None


def _nvml() -> Any:
    """Returns the library, ready to be asked; ``None`` where it or its driver is missing."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return pynvml
