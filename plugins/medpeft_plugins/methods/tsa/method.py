"""The implementation of TSA."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from medpeft_plugins.methods.targets import block_layers
from medpeft_sdk.adaptation import Addition, Method, attach
from medpeft_sdk.anatomy import Sites, channel_dim, widths
from medpeft_sdk.errors import UnsupportedError

_START = 1e-4


class TSA(Method):
    """Adds 1x1 convolutions in parallel to the convolutions of the blocks."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks an adapter to each convolution; see `Method.adapt`."""
        every = hyperparameters["convs"] == "all"
        targets = [
            site
            for site in block_layers(sites)
            if isinstance(conv := site.module, nn.Conv2d)
            and (every or conv.kernel_size != (1, 1))
            and _keeps_pace(conv)
        ]
        if not targets:
            raise UnsupportedError(
                f"{self.spec.name} needs convolutions in the blocks: "
                f"{type(model).__name__} has none" + ("" if every else " wider than one pixel")
            )
        for site in targets:
            attach(model, site, Parallel(site.module), "tsa")
        if hyperparameters["alignment"]:
            for site in sites.head:
                attach(model, site, Alignment(site.module), "alignment")
        return model


def _keeps_pace(conv: nn.Conv2d) -> bool:
    """Tells whether a 1x1 convolution of the same stride gives out maps of the same size."""
    if type(conv).forward is not nn.Conv2d.forward or conv.padding == "same":
        return True
    sides = zip(conv.padding, conv.dilation, conv.kernel_size, strict=True)
    return conv.padding != "valid" and all(
        2 * int(padding) == dilation * (size - 1) for padding, dilation, size in sides
    )


class Parallel(Addition):
    """Adds ``alpha x`` to what a convolution makes of ``x``.

    Attributes:
        alpha: The weight of a 1x1 convolution with the groups of the wide one.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        groups = conv.groups
        matrix = _START * torch.eye(conv.out_channels // groups, conv.in_channels // groups)
        self.alpha = nn.Parameter(matrix.repeat(groups, 1)[:, :, None, None])
        self._stride, self._groups = conv.stride, groups

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Adds the 1x1 convolution; see `Addition.after`."""
        stride: Any = self._stride
        return output + F.conv2d(features, self.alpha, stride=stride, groups=self._groups)

    def fold(self, layer: nn.Module) -> None:
        """Adds the matrix to where the convolution's window reads the same pixel."""
        assert isinstance(layer, nn.Conv2d), "an adapter stands beside a convolution"
        row, column = (_tap(layer, axis, self.host) for axis in (0, 1))
        layer.weight[:, :, row, column] += self.alpha[:, :, 0, 0]


class Alignment(Addition):
    """Multiplies what goes into the classifier by a square matrix.

    Attributes:
        matrix: The identity at the start.
    """

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        if not isinstance(head, nn.Linear | nn.Conv2d):
            raise UnsupportedError(
                f"tsa cannot align the features in front of a {type(head).__name__}",
                expected="a classifier that is one linear layer or 1x1 convolution",
                mend="--set alignment=false",
            )
        self.matrix = nn.Parameter(torch.eye(widths(head)[0]))
        self._dim = channel_dim(head)

    def before(self, features: Tensor) -> Tensor:
        """Multiplies the channels; see `Addition.before`."""
        return (features.movedim(self._dim, -1) @ self.matrix.T).movedim(-1, self._dim)

    def fold(self, layer: nn.Module) -> None:
        """Multiplies the classifier's weight."""
        weight: Tensor = layer.get_parameter("weight")
        weight.copy_((weight.flatten(1) @ self.matrix).reshape(weight.shape))


def _tap(conv: nn.Conv2d, axis: int, path: str) -> int:
    """Returns the index in the window that reads pixel 0 for output 0."""
    padding, dilation, size = conv.padding, conv.dilation[axis], conv.kernel_size[axis]
    if type(conv).forward is not nn.Conv2d.forward or isinstance(padding, str):
        # Padded to what the input needs: by half a window where no step is left out.
        tap, rest = divmod(size - 1, 2) if conv.stride[axis] == 1 else (0, 1)
    else:
        tap, rest = divmod(padding[axis], dilation)
    if rest or tap >= size:
        raise UnsupportedError(
            f"tsa cannot be merged into {path}: no tap of its window reads the pixel itself",
            where=f"{path}, padding {padding}, dilation {dilation}, window {size}",
        )
    return tap
