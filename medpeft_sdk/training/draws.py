"""The random numbers that a network draws while it is trained, such as those of dropout."""

from __future__ import annotations

from types import TracebackType

import torch


class Draws:
    """PyTorch's global generators as they are for one training run alone.

    Inside of a ``with`` block they go on from where the last block ended; afterwards they are as
    if nothing had been drawn. So a run draws the same, whatever ran before it or in between.

    Args:
        seed: Of the run.
        device: Of the run; its generator and the CPU's are taken.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        self._devices = [device] if device.type == "cuda" else []
        self._states = [torch.Generator().manual_seed(seed).get_state()]
        self._states += [torch.Generator(d).manual_seed(seed).get_state() for d in self._devices]
        self._others: list[torch.Tensor] = []

    def __enter__(self) -> None:
        self._others = self._exchange(self._states)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._states = self._exchange(self._others)

    def _exchange(self, states: list[torch.Tensor]) -> list[torch.Tensor]:
        before = [torch.get_rng_state(), *(torch.cuda.get_rng_state(d) for d in self._devices)]
        torch.set_rng_state(states[0])
        for device, state in zip(self._devices, states[1:], strict=True):
            torch.cuda.set_rng_state(state, device)
        return before
