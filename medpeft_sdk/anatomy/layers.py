"""What kind of layer a module is, told by its type and its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.instancenorm import _InstanceNorm

from medpeft_sdk.anatomy.sites import Pointwise, Site

_NORMS = (_NormBase, nn.LayerNorm, nn.GroupNorm)


def has_parameters(module: nn.Module) -> bool:
    """Tells whether a module, or any module in it, has parameters."""
    return next(module.parameters(), None) is not None


def children(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Iterates over the direct children that have parameters, with their names."""
    return ((name, child) for name, child in module.named_children() if has_parameters(child))


def is_composite(module: nn.Module) -> bool:
    """Tells whether any direct child has parameters; it is a layer otherwise."""
    return next(children(module), None) is not None


def is_container(module: nn.Module) -> bool:
    """Tells whether a module only lists others."""
    return isinstance(module, (nn.Sequential, nn.ModuleList, nn.ModuleDict))


def is_norm(module: nn.Module) -> bool:
    """Tells whether a module normalises and has parameters.

    Libraries write norms of their own (RMS, filter response, global response); what they share
    is an ``eps`` and vectors for parameters, in a layer without layers inside.
    """
    own = list(module.parameters(recurse=False))
    if not own or is_composite(module):
        return False
    return isinstance(module, _NORMS) or (
        hasattr(module, "eps")
        and not isinstance(module, nn.Linear)
        and all(p.ndim == 1 for p in own)
    )


def is_batchnorm(module: nn.Module) -> bool:
    """Tells whether a module normalises by the statistics of a batch, or by their running mean."""
    return isinstance(module, _NormBase) and not isinstance(module, _InstanceNorm)


def is_pointwise(module: nn.Module) -> TypeGuard[Pointwise]:
    """Tells whether a module is a linear layer or an ungrouped 1x1 convolution."""
    if isinstance(module, nn.Conv2d):
        return module.kernel_size == (1, 1) and module.groups == 1
    return isinstance(module, nn.Linear)


def weight_layers(path: str, module: nn.Module) -> list[Site[nn.Linear | _ConvNd]]:
    """Returns the convolutions and linear layers in a module, itself included."""
    return [
        Site(f"{path}.{name}" if name else path, layer)
        for name, layer in module.named_modules()
        if isinstance(layer, (nn.Linear, _ConvNd))
    ]


def last_pointwise(path: str, module: nn.Module) -> Site[Pointwise] | None:
    """Returns the last layer with a weight matrix, if it is pointwise."""
    layers = weight_layers(path, module)
    if not layers or not is_pointwise(layer := layers[-1].module):
        return None
    return Site(layers[-1].path, layer)


def lone_pointwise(path: str, module: nn.Module) -> Site[Pointwise] | None:
    """Returns the only layer with a weight matrix, if it is pointwise.

    Libraries wrap layers together with a norm, an activation or a dropout.
    """
    return last_pointwise(path, module) if len(weight_layers(path, module)) == 1 else None


def is_depthwise(conv: nn.Conv2d) -> bool:
    """Tells whether each input channel is convolved apart."""
    return conv.groups > 1 and conv.groups == conv.in_channels


def widths(layer: Pointwise) -> tuple[int, int]:
    """Returns the number of input and of output channels."""
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    return layer.in_channels, layer.out_channels


def takes_coordinates(layer: Pointwise) -> bool:
    """Tells whether a layer takes in two or three numbers: places, for no features are that few."""
    return widths(layer)[0] in (2, 3)


def channel_dim(layer: nn.Module) -> int:
    """Returns the dimension of a layer's output that holds its channels: 1 of maps, else -1.

    Maps come from convolutions, from batch and group norms, and from the ``...2d`` forms that
    libraries give to layer norms and linear layers. A layer of one class for both, such as a
    global response norm, has to tell by a ``channel_dim`` of its own.
    """
    told = getattr(layer, "channel_dim", None)
    if isinstance(told, int):
        return told
    of_maps = (nn.Conv2d, nn.ConvTranspose2d, nn.GroupNorm, _NormBase)
    return 1 if isinstance(layer, of_maps) or "2d" in type(layer).__name__.lower() else -1
