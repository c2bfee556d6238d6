"""The implementation of SVDiff."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from medpeft_sdk.adaptation import Method
from medpeft_sdk.anatomy import Site, Sites


class SVDiff(Method):
    """Shifts the singular values of the weights."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Parametrises each weight; see `Method.adapt`."""
        targets: list[Site[Any]] = [*sites.convs, *sites.linears]
        if hyperparameters["norms"]:
            targets += [site for site in sites.norms if _gain(site.module) is not None]
        for site in targets:
            shift = SpectralShift(site.module.weight, hyperparameters["scale"])
            # What it returns fits; the check would compute every weight once more.
            parametrize.register_parametrization(site.module, "weight", shift, unsafe=True)
        return model


class SpectralShift(nn.Module):
    """Adds ``U (relu(S + s delta) - S) V^T`` to a weight ``U S V^T``.

    Attributes:
        delta: One number a singular value, zero at the start.
    """

    left: Tensor
    values: Tensor
    right: Tensor

    def __init__(self, weight: Tensor, scale: float) -> None:
        """Decomposes the weight, a vector as a matrix of one row, in single precision at least."""
        super().__init__()
        matrix = weight.detach()
        matrix = matrix[None] if matrix.ndim == 1 else matrix.flatten(1)
        wide = matrix.dtype if matrix.dtype == torch.float64 else torch.float32
        factors = torch.linalg.svd(matrix.to(wide), full_matrices=False)
        for name, factor in zip(("left", "values", "right"), factors, strict=True):
            self.register_buffer(name, factor.to(weight.dtype), persistent=False)
        self.delta = nn.Parameter(torch.zeros_like(self.values))
        self._scale = scale

    def forward(self, weight: Tensor) -> Tensor:
        """Returns the weight with shifted singular values."""
        change = torch.relu(self.values + self._scale * self.delta) - self.values
        return weight + ((self.left * change) @ self.right).reshape(weight.shape)


def _gain(norm: nn.Module) -> nn.Parameter | None:
    weight = getattr(norm, "weight", None)
    return weight if isinstance(weight, nn.Parameter) and weight.ndim == 1 else None
