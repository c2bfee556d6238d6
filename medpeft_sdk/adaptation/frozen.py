"""Telling whether weights stay as they were, without keeping copies of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

_BLOCK = 1 << 18
"""Words that are weighted at a time: their factors stay in a processor's cache."""

_WORDS = {2: torch.int16, 4: torch.int32, 8: torch.int64}
"""Integers as wide as the elements of a tensor."""


def checksums(tensors: Iterable[Tensor]) -> list[int]:
    """Sums up the bits of tensors, each bit pattern weighted by an odd factor of its place.

    A change of one element always shows, any other but for one case in billions. It is made where
    the tensor is, at about the speed of reading it; the layout in memory does not matter.

    Args:
        tensors: Of any type and device; those without data, on the meta device, count as 0.
    """
    factors: dict[torch.device, Tensor] = {}
    sums: list[Tensor | int] = []
    for tensor in tensors:
        if tensor.is_meta:
            sums.append(0)
            continue
        if tensor.device not in factors:
            factors[tensor.device] = _factors(tensor.device)
        sums.append(_checksum(tensor, factors[tensor.device]))
    # Read at the end, so that a device is not waited for after each tensor.
    return [int(total) for total in sums]


def digest(named: Mapping[str, Tensor]) -> str | None:
    """Returns the SHA-256 of tensors and their names, which means the same on every machine.

    ``None`` where they are not all in single precision, in which alone they can be compared.
    """
    if any(t.dtype != torch.float32 or t.is_meta for t in named.values()):
        return None
    found = hashlib.sha256()
    for name, tensor in sorted(named.items()):
        found.update(name.encode())
        found.update(tensor.detach().cpu().contiguous().numpy().data)
    return found.hexdigest()


def _factors(device: torch.device) -> Tensor:
    limits = torch.iinfo(torch.int64)
    generator = torch.Generator("cpu").manual_seed(0)
    drawn = torch.randint(limits.min, limits.max, (_BLOCK,), generator=generator, device="cpu")
    return (drawn | 1).to(device)


def _checksum(tensor: Tensor, factors: Tensor) -> Tensor:
    words = tensor.detach().flatten().view(_WORDS.get(tensor.element_size(), torch.int8))
    total = torch.zeros((), dtype=torch.int64, device=tensor.device)
    for block in words.split(_BLOCK):
        total = total * 3 + (block * factors[: len(block)]).sum()
    return total
