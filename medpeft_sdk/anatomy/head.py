"""Finding the classifier."""

from __future__ import annotations

from torch import nn

from medpeft_sdk.anatomy.layers import (
    has_parameters,
    is_composite,
    is_container,
    is_pointwise,
    weight_layers,
)
from medpeft_sdk.anatomy.sites import Site


def find_head(model: nn.Module) -> tuple[Site[nn.Module], ...]:
    """Finds the classifier: what the network calls so, or else its last pointwise layer.

    Of a classifier of several layers, only those that make the classes are meant.

    Returns:
        One site, or several where a network has several classifiers; none where it returns
        features.
    """
    get_classifier = getattr(model, "get_classifier", None)
    if get_classifier is None:
        return _last_layer(model)
    found = get_classifier()
    modules = found if isinstance(found, (tuple, list)) else (found,)
    paths = {id(module): path for path, module in model.named_modules()}
    return tuple(
        site
        for module in modules
        if isinstance(module, nn.Module) and has_parameters(module)
        for site in _classifiers(paths[id(module)], module)
    )


def reset_head(model: nn.Module) -> None:
    """Draws the classifier anew from PyTorch's global generator, as its layers initialise it."""
    for site in find_head(model):
        for module in site.module.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()


def _classifiers(path: str, module: nn.Module) -> list[Site[nn.Module]]:
    """Returns the layers in a module that have as many outputs as its last one."""
    layers = weight_layers(path, module)
    if not layers:
        return [Site(path, module)]
    classes = layers[-1].module.weight.shape[0]
    return [site for site in layers if site.module.weight.shape[0] == classes]


def _last_layer(model: nn.Module) -> tuple[Site[nn.Module], ...]:
    """Returns the last layer if it is pointwise and the network's own, in a list at most."""
    layers = [
        Site(path, module)
        for path, module in model.named_modules()
        if has_parameters(module) and not is_composite(module)
    ]
    if not layers or not is_pointwise(layers[-1].module):
        return ()
    parent = model.get_submodule(layers[-1].path.rpartition(".")[0])
    return (layers[-1],) if parent is model or is_container(parent) else ()
