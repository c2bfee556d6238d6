"""Finding feed-forward parts and channel gates, both of which are two layers in a row."""

from __future__ import annotations

from torch import nn

from medpeft_sdk.anatomy.layers import (
    children,
    is_norm,
    is_pointwise,
    lone_pointwise,
    takes_coordinates,
    weight_layers,
    widths,
)
from medpeft_sdk.anatomy.sites import MlpSite


def is_gate(module: nn.Module) -> bool:
    """Tells whether a module scales channels: pointwise layers and norms before a sigmoid."""
    layers = [child for _, child in children(module)]
    return (
        any(is_pointwise(layer) for layer in layers)
        and all(is_pointwise(layer) or is_norm(layer) for layer in layers)
        and any(_is_sigmoid(child) for child in module.children())
    )


def find_mlp(path: str, module: nn.Module) -> MlpSite | None:
    """Reads a module as a feed-forward part.

    Such a part has two pointwise layers that widen and narrow again, the hidden channels whole
    or, where one half gates the other, in halves; or three, where one more widens beside the
    first to gate it. Norms and activations with parameters may stand between them.
    """
    if isinstance(module, nn.ModuleList):
        return None
    inner, named = path, list(children(module))
    if len(named) == 1 and isinstance(listed := named[0][1], nn.ModuleList):
        inner, named = f"{path}.{named[0][0]}", list(children(listed))
    layers = [site for name, child in named if (site := lone_pointwise(f"{inner}.{name}", child))]
    if len(layers) not in (2, 3) or is_gate(module):
        return None
    if len(layers) != sum(bool(weight_layers("", child)) for _, child in named):
        return None
    shapes = [widths(layer.module) for layer in layers]
    (width, hidden), (taken, output) = shapes[0], shapes[-1]
    if len(layers) == 3 and shapes[1] != (width, hidden):
        return None
    if takes_coordinates(layers[0].module):
        return None
    if output != width or hidden not in (taken, 2 * taken) or taken < width:
        return None
    return MlpSite(path, module, expand=layers[0], contract=layers[-1])


def _is_sigmoid(module: nn.Module) -> bool:
    # Libraries wrap the function in classes of their own, in several hard and in-place kinds.
    return isinstance(module, (nn.Sigmoid, nn.Hardsigmoid)) or type(module).__name__.lower() in (
        "sigmoid",
        "hardsigmoid",
    )
