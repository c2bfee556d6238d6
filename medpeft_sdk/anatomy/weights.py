"""Reading weights from files that can hold nothing but tensors."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from medpeft_sdk.digest import sha256
from medpeft_sdk.errors import WeightsError

_PICKLED = (".pth", ".pt", ".bin", ".ckpt")
_READABLE = f"a .safetensors file, or one of {', '.join(_PICKLED)} that holds only tensors"
# Where training scripts put the weights when they save more than them, best first.
_NESTED = ("state_dict_ema", "model_ema", "state_dict", "model")
_PREFIXES = ("_orig_mod.", "module.")


def hash_file(path: str | Path) -> str:
    """Returns the SHA-256 digest of a file, 64 hexadecimal digits.

    Raises:
        WeightsError: The file is missing or cannot be read.
    """
    try:
        return sha256(path)
    except OSError as error:
        raise _unreadable(Path(path), error) from error


def check_digest(path: str | Path, expected: str) -> None:
    """Checks that a file is the one that was meant.

    Raises:
        WeightsError: Its SHA-256 digest is another one.
    """
    found = hash_file(path)
    if found != expected:
        raise WeightsError(
            f"the weights file has the SHA-256 digest {found}",
            where=str(path),
            expected=expected,
            mend="fetch the file again, or correct the digest if the new file is meant",
        )


def load_state(path: str | Path) -> dict[str, Tensor]:
    """Reads weights onto the CPU, running no code that a file might hold.

    Args:
        path: A safetensors file, or a file of `torch.save`, which is read with
            ``weights_only=True``. Weights are also found under the keys in which training
            scripts nest them (``state_dict``, ``model``, and their averaged ``_ema`` forms).

    Returns:
        Tensors by name, in the file's order and precision, without the prefixes that
        ``DataParallel`` and ``torch.compile`` add.

    Raises:
        WeightsError: The file is missing, truncated, or holds anything but tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise _unreadable(path, None)
    try:
        if path.suffix == ".safetensors":
            return _cleaned(load_file(path))
        if path.suffix in _PICKLED:
            return _unpacked(torch.load(path, map_location="cpu", weights_only=True), path)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            "the weights file is not of torch.save, or asks to run code when it is read",
            where=str(path),
            expected=_READABLE,
            mend="save the state_dict alone, with safetensors.torch.save_file",
        ) from error
    except (SafetensorError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise _unreadable(path, error) from error
    raise WeightsError(f"'{path.suffix}' is no weights file", where=str(path), expected=_READABLE)


def _unreadable(path: Path, error: Exception | None) -> WeightsError:
    if not path.exists():
        what, mend = "the weights file does not exist", "correct the path"
    elif path.is_dir():
        what, mend = "a folder stands where the weights file should", "name the file in it"
    else:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        what, mend = (
            f"the weights file cannot be read: {reason}",
            "fetch it again: it may be cut off",
        )
    return WeightsError(what, where=str(path), expected=_READABLE, mend=mend)


def _unpacked(checkpoint: Any, path: Path) -> dict[str, Tensor]:
    if isinstance(checkpoint, Mapping):
        state = next((checkpoint[key] for key in _NESTED if key in checkpoint), checkpoint)
        if isinstance(state, Mapping) and all(isinstance(v, Tensor) for v in state.values()):
            return _cleaned(state)
    raise WeightsError(
        "the weights file holds something else than named tensors",
        where=str(path),
        expected=_READABLE,
        mend="save the state_dict alone, with safetensors.torch.save_file",
    )


def _cleaned(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    cleaned: dict[str, Tensor] = {}
    for name, tensor in state.items():
        while name.startswith(_PREFIXES):
            name = name.partition(".")[2]
        cleaned[name] = tensor
    return cleaned
