"""What to do when a batch does not fit in memory: split it, and keep the effective batch."""

from __future__ import annotations

import torch


def is_out_of_memory(error: RuntimeError) -> bool:
    """Tells a lack of memory, on a GPU or in CPU's allocator, from any other failure."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def halve(micro_batch_size: int, error: RuntimeError) -> int:
    """Returns half the micro-batch.

    Raises:
        RuntimeError: ``error`` itself, where it is no lack of memory or a single image is left.
    """
    if micro_batch_size == 1 or not is_out_of_memory(error):
        raise error
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return micro_batch_size // 2
