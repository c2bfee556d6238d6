"""Peak memory of a part of a process's life, as far as a device or a system tells it."""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from pathlib import Path

import psutil
import torch

_RESET_PEAK = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


class Memory(ABC):
    """A peak of memory that can be forgotten.

    Attributes:
        parted: Whether it can: otherwise the peak is that of the process's whole life.
    """

    parted = True

    @abstractmethod
    def hand_back(self) -> None:
        """Returns to the system what is free, where it would count as used."""

    @abstractmethod
    def in_use(self) -> int:
        """Returns the bytes that are in use."""

    @abstractmethod
    def forget_peak(self) -> None:
        """Lets the peak be what is in use."""

    @abstractmethod
    def peak(self) -> int:
        """Returns the peak in bytes since it was last forgotten."""


class DeviceMemory(Memory):
    """What PyTorch's allocator has given out on a GPU."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        torch.cuda.init()  # A peak cannot be forgotten before.

    def hand_back(self) -> None:
        """See `Memory`; what is free does not count here."""

    def in_use(self) -> int:
        """See `Memory`."""
        return torch.cuda.memory_allocated(self._device)

    def forget_peak(self) -> None:
        """See `Memory`."""
        torch.cuda.reset_peak_memory_stats(self._device)

    def peak(self) -> int:
        """See `Memory`."""
        return torch.cuda.max_memory_allocated(self._device)


class ResidentMemory(Memory):
    """What of this process lies in the machine's memory, mapped files included."""

    def hand_back(self) -> None:
        """See `Memory`; C's allocator keeps what is freed."""
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if _STATUS.exists() else None
        if trim is not None:
            trim(0)

    def in_use(self) -> int:
        """See `Memory`."""
        return psutil.Process().memory_info().rss

    def forget_peak(self) -> None:
        """See `Memory`."""
        try:
            _RESET_PEAK.write_text("5")
        # A container may forbid it, and other systems have no such file.
        except OSError:
            self.parted = False

    def peak(self) -> int:
        """See `Memory`."""
        if _STATUS.exists():
            for line in _STATUS.read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return psutil.Process().memory_info().rss


def memory_of(device: torch.device) -> Memory:
    """Returns the memory that a network on a device is limited by."""
    return DeviceMemory(device) if device.type == "cuda" else ResidentMemory()
