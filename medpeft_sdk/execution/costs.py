"""What a cell costs: wall time and peak memory, phase by phase."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from medpeft_sdk.execution.memory import memory_of
from medpeft_sdk.specs import Phase, PhaseName


class Meter:
    """Measures one cell in a process that outlives it.

    Phases may lie within each other; what passes in the inner one is charged to that alone.
    """

    def __init__(self, device: torch.device) -> None:
        self._device, self._memory = device, memory_of(device)
        self._memory.forget_peak()
        self._seconds: dict[PhaseName, float] = {}
        self._added: dict[PhaseName, int] = {}
        self._current: PhaseName | None = None
        self._since, self._peak = time.perf_counter(), 0
        self._held: int | None = None

    def begin_memory(self) -> None:
        """Takes note of what the process holds for all its cells: it is charged to none of them."""
        self._charge()
        self._memory.hand_back()
        self._memory.forget_peak()
        self._held = self._memory.in_use()

    @contextmanager
    def phase(self, name: PhaseName) -> Iterator[None]:
        """Charges the time spent inside, and its peak of memory, to a phase."""
        outer = self._current
        self._charge()
        if name not in self._seconds:
            # What other phases left free would count as this one's; asking anew takes time.
            self._memory.hand_back()
            self._memory.forget_peak()
        self._current = name
        try:
            yield
        finally:
            self._charge()
            self._current = outer

    def seconds(self, *names: PhaseName) -> float:
        """Returns the time of phases that are over."""
        return sum(self._seconds.get(name, 0.0) for name in names)

    def phases(self) -> dict[PhaseName, Phase]:
        """Returns what each phase took."""
        return {
            name: Phase(seconds=seconds, memory_bytes=self._added.get(name))
            for name, seconds in self._seconds.items()
        }

    def peak_memory_bytes(self) -> int:
        """Returns the peak of the GPU's allocator, or of this process's resident memory."""
        return max(self._peak, self._memory.peak())

    def _charge(self) -> None:
        """Charges what passed since the last charge to the phase that it passed in."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        now, peak = time.perf_counter(), self._memory.peak()
        self._peak = max(self._peak, peak)
        if self._current is not None:
            self._seconds[self._current] = self.seconds(self._current) + now - self._since
            if self._held is not None and self._memory.parted:
                before = self._added.get(self._current, 0)
                self._added[self._current] = max(before, peak - self._held)
        self._memory.forget_peak()
        self._since = time.perf_counter()
