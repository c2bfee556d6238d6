"""How this process gets its memory from the system."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's ``mallopt``."""


def keep_freed_memory() -> None:
    """Lets the C library keep what tensors free, for the tensors of the next layer.

    By default glibc returns large blocks to the system at once and asks for them again, page by
    page. On a CPU that costs convolutional networks more than half of the time of a forward pass
    (``benchmarks/allocator.py``). Where there is no glibc, nothing changes.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, 1 << 30)
        mallopt(_TRIM_THRESHOLD, (1 << 31) - 1)
