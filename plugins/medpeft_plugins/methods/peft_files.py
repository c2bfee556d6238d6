"""Writing what ``PeftModel.from_pretrained`` opens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor, nn

from medpeft_sdk.anatomy import find_head


def head_tensors(model: nn.Module) -> dict[str, Tensor]:
    """Returns the classifier's parameters and buffers, by their paths in the network."""
    return {
        f"{site.path}.{name}": tensor
        for site in find_head(model)
        for name, tensor in site.module.state_dict().items()
    }


def write_tensors(directory: Path, tensors: Mapping[str, Tensor]) -> None:
    """Writes tensors by their paths in the network, under the names that peft gives them."""
    save_file(
        {
            f"base_model.model.{name}": tensor.detach().cpu().contiguous().clone()
            for name, tensor in tensors.items()
        },
        directory / "adapter_model.safetensors",
    )
