"""Finding feed-forward parts and channel gates, both of which are two layers in a row."""

from __future__ import annotations

from torch import nn

from medpeft_sdk.anatomy.layers import children, is_norm, is_pointwise, widths
from medpeft_sdk.anatomy.sites import MlpSite, Site


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
    or, where one half gates the other, in halves; norms may stand between them.
    """
    named = list(children(module))
    layers = [Site(f"{path}.{name}", child) for name, child in named if is_pointwise(child)]
    if len(layers) != 2 or is_gate(module):
        return None
    if not all(is_pointwise(child) or is_norm(child) for _, child in named):
        return None
    expand, contract = layers
    (width, hidden), (taken, output) = widths(expand.module), widths(contract.module)
    if output != width or hidden not in (taken, 2 * taken) or taken < width:
        return None
    return MlpSite(path, module, expand=expand, contract=contract)


def _is_sigmoid(module: nn.Module) -> bool:
    # Libraries wrap the function in classes of their own, in several hard and in-place kinds.
    return isinstance(module, (nn.Sigmoid, nn.Hardsigmoid)) or type(module).__name__.lower() in (
        "sigmoid",
        "hardsigmoid",
    )
