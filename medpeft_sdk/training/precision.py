"""Where and in which precision a network runs."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from medpeft_sdk.errors import SpecError

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Precision:
    """The number format of forward passes; parameters and optimiser stay in float32."""

    device: torch.device
    dtype: torch.dtype

    @property
    def name(self) -> str:
        """Such as ``bfloat16``."""
        return str(self.dtype).removeprefix("torch.")

    def autocast(self) -> torch.autocast:
        """Returns the context in which a forward pass runs."""
        mixed = self.dtype != torch.float32
        return torch.autocast(self.device.type, dtype=self.dtype if mixed else None, enabled=mixed)

    def scaler(self) -> torch.amp.GradScaler:
        """Returns the loss scaler, which does nothing unless the format is float16."""
        return torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)


def choose_device(name: str) -> torch.device:
    """Turns ``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``mps`` into a device that is there.

    Raises:
        SpecError: There is no such device, or it does not work.
    """
    check_device(name)
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    try:
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError) as error:
        raise _not_there(name) from error
    return device


def check_device(name: str) -> None:
    """Raises `SpecError` unless there is such a device; touches none, so that it costs nothing."""
    if name == "auto":
        return
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise _not_there(name) from error
    here = torch.accelerator
    found = here.current_accelerator() if here.is_available() else None
    there = found and device.type == found.type and (device.index or 0) < here.device_count()
    if device.type != "cpu" and not there:
        raise _not_there(name)


def _not_there(name: str) -> SpecError:
    return SpecError(
        f"the device '{name}' is not there",
        where="--device",
        expected="auto, cpu, or an accelerator that this torch can use",
        mend="leave --device out",
    )


def choose_precision(name: str, device: torch.device) -> Precision:
    """Turns a recipe's precision into a number format; ``auto`` is mixed on CUDA only."""
    if name != "auto":
        return Precision(device, _DTYPES[name])
    if device.type != "cuda":
        return Precision(device, torch.float32)
    return Precision(device, torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16)
