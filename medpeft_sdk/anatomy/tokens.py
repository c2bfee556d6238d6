"""Finding where a transformer makes its tokens, and whether it can take more of them."""

from __future__ import annotations

import re

from torch import nn
from torch.nn.modules.conv import _ConvNd

from medpeft_sdk.anatomy.blocks import inside
from medpeft_sdk.anatomy.layers import (
    children,
    is_container,
    is_norm,
    takes_coordinates,
    weight_layers,
    widths,
)
from medpeft_sdk.anatomy.sites import AttentionSite, ParameterSite, Site, TokenSites


def find_tokens(
    model: nn.Module,
    modules: list[Site[nn.Module]],
    blocks: tuple[Site[nn.Module], ...],
    attention: tuple[AttentionSite, ...],
) -> TokenSites | None:
    """Finds patch embedding, class tokens and position embeddings of a transformer.

    The patch embedding is what stands in front of the blocks. Learnt tokens and positions are
    parameters of shape (1, n, width), or (1, height, width, width) for positions, outside of the
    blocks and of single layers.

    Args:
        model: The network.
        modules: The sites of its modules.
        blocks: The sites of its blocks.
        attention: The sites of its attentions.

    Returns:
        The sites; ``None`` where a block behind the patch embedding has no attention.
    """
    patches = _patch_embedding(model, blocks, attention)
    embeds = (patches,) if patches else ()
    rest = tuple(site for site in blocks if not inside(site, embeds))
    if not rest or not all(any(inside(a, (block,)) for a in attention) for block in rest):
        return None
    own = [
        ParameterSite(f"{site.path}.{name}".removeprefix("."), parameter)
        for site in (Site("", model), *modules)
        if not _is_layer(site.module) and not inside(site, (*rest, *attention))
        for name, parameter in site.module.named_parameters(recurse=False)
        if parameter.ndim in (3, 4) and parameter.shape[0] == 1
    ]
    positions = tuple(site for site in own if "pos" in site.path.rpartition(".")[2])
    tokens = tuple(s for s in own if s not in positions and s.parameter.ndim == 3)
    return TokenSites(patches, tokens, positions, _rigid(model, modules, rest, attention, embeds))


def _patch_embedding(
    model: nn.Module,
    blocks: tuple[Site[nn.Module], ...],
    attention: tuple[AttentionSite, ...],
) -> Site[nn.Module] | None:
    """Returns the first child that has layers, unless the blocks with attention start in it.

    Where they do, that child is the encoder, and its own first child is looked at.
    """
    attending = [site for site in blocks if any(inside(a, (site,)) for a in attention)]
    path, owner = "", model
    while True:
        found = next(((n, c) for n, c in children(owner) if weight_layers("", c)), None)
        if found is None:
            return None
        path, owner = f"{path}.{found[0]}".removeprefix("."), found[1]
        site = Site(path, owner)
        if not any(inside(block, (site,)) for block in attending):
            return site
        if is_container(owner):
            return None


def _rigid(
    model: nn.Module,
    modules: list[Site[nn.Module]],
    blocks: tuple[Site[nn.Module], ...],
    attention: tuple[AttentionSite, ...],
    embeds: tuple[Site[nn.Module], ...],
) -> str | None:
    """Tells why no token can be added between the first block and the last."""
    lists = {site.path.rpartition(".")[0] for site in blocks}
    if len(lists) > 1:
        return f"the blocks stand in {len(lists)} lists, with other layers between them"
    for path, module in model.named_modules():
        if re.search("rotary|rope", type(module).__name__, re.IGNORECASE):
            return f"{path} rotates queries and keys by their place in the image"
    for block in blocks:
        taken = {widths(a.query.module)[0] for a in attention if a.query and inside(a, (block,))}
        if len(taken) > 1:
            return f"{block.path} attends to tokens of several widths"
    for site in modules:
        if inside(site, embeds) or any(inside(block, (site,)) for block in blocks[1:]):
            continue
        layer = site.module
        if inside(site, blocks) and isinstance(layer, nn.Conv2d) and layer.kernel_size != (1, 1):
            return f"{site.path} convolves the tokens as a map"
        if _holds_table(layer) or (isinstance(layer, nn.Linear) and takes_coordinates(layer)):
            return f"{site.path} weighs tokens by their relative positions"
    for site in (*blocks, *attention):
        if getattr(site.module, "window_size", None):
            return f"{site.path} attends within windows"
    return None


def _is_layer(module: nn.Module) -> bool:
    layers = (nn.Linear, _ConvNd, nn.MultiheadAttention)
    return isinstance(module, layers) or is_norm(module)


def _holds_table(module: nn.Module) -> bool:
    """Tells whether a module has a parameter with more than one dimension, and no layer's."""
    return not _is_layer(module) and any(
        sum(size > 1 for size in parameter.shape) > 1
        for parameter in module.parameters(recurse=False)
    )
