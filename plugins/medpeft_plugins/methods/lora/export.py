"""Writing LoRA's updates in the format of peft."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from medpeft_plugins.methods.lora.low_rank import LowRank
from medpeft_plugins.methods.peft_files import head_tensors, write_tensors
from medpeft_sdk.anatomy import find_head


def write_peft_files(model: nn.Module, directory: Path, hyperparameters: dict[str, Any]) -> None:
    """Writes what ``PeftModel.from_pretrained`` opens, the classifier included.

    peft knows no update of a part of a layer. Several of these are one update of the whole layer:
    their ranks add up, ``A`` holds theirs one below the other, and ``B`` holds each in the rows of
    its channels and in columns of its own.

    Args:
        model: A network with updates.
        directory: A folder to make.
        hyperparameters: Those of `LoRA`.
    """
    updates: dict[str, list[LowRank]] = {}
    for module in model.modules():
        if isinstance(module, LowRank):
            updates.setdefault(module.host, []).append(module)
    rank, alpha = hyperparameters["rank"], hyperparameters["alpha"]
    tensors: dict[str, Tensor] = {}
    for path, parts in updates.items():
        down, up = _joined(model.get_submodule(path), parts)
        tensors[f"{path}.lora_A.weight"] = down
        tensors[f"{path}.lora_B.weight"] = up
    several = {path: len(parts) for path, parts in updates.items() if len(parts) > 1}
    configuration = {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": hyperparameters["dropout"],
        "target_modules": "|".join(re.escape(path) for path in updates),
        "rank_pattern": {f"^{re.escape(path)}": n * rank for path, n in several.items()},
        "alpha_pattern": {f"^{re.escape(path)}": n * alpha for path, n in several.items()},
        "modules_to_save": [site.path for site in find_head(model)] or None,
        "bias": "none",
        "inference_mode": True,
    }
    directory.mkdir()
    text = json.dumps(configuration, indent=2) + "\n"
    (directory / "adapter_config.json").write_text(text, encoding="utf-8")
    write_tensors(directory, tensors | head_tensors(model))


def _joined(layer: nn.Module, parts: list[LowRank]) -> tuple[Tensor, Tensor]:
    """Returns ``A`` and ``B`` of the update that several make together."""
    downs: list[Tensor] = [part.down.get_parameter("weight") for part in parts]
    rank = len(downs[0])
    first = parts[0].up.get_parameter("weight")
    width = len(layer.get_parameter("weight"))
    up = first.new_zeros(width, rank * len(parts), *first.shape[2:])
    for i, part in enumerate(parts):
        rows = slice(None) if part.channels is None else part.channels
        up[rows, i * rank : (i + 1) * rank] = part.up.get_parameter("weight").detach()
    return torch.cat(downs), up
