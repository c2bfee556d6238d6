"""Finding the units that a network repeats, and runs of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from torch import nn

from medpeft_sdk.anatomy.feedforward import is_gate
from medpeft_sdk.anatomy.layers import (
    children,
    is_composite,
    is_container,
    is_norm,
    weight_layers,
)
from medpeft_sdk.anatomy.sites import AttentionSite, MlpSite, Site


def inside(site: Site[nn.Module], others: tuple[Site[nn.Module], ...]) -> bool:
    """Tells whether a site is one of the others, or part of one."""
    return any(f"{site.path}.".startswith(f"{other.path}.") for other in others)


def find_blocks(
    modules: list[Site[nn.Module]],
    attention: tuple[AttentionSite, ...],
    mlp: tuple[MlpSite, ...],
) -> tuple[Site[nn.Module], ...]:
    """Finds the units that a network repeats.

    A block is an item of a list of modules, has at least two convolutions or linear layers, and
    holds no block itself: a stage is a list of blocks, or holds one. Only a block with attention
    may list units that have none. A gate is a part of a block, and so is an attention or a
    feed-forward part in a list with its norm.
    """
    containers = {site.path: site.module for site in modules if is_container(site.module)}
    lists = containers | {
        site.path: site.module
        for site in modules
        if site.path.rpartition(".")[0] not in containers and _numbers_its_children(site.module)
    }
    parts = {site.path for site in (*attention, *mlp)}
    items = []
    for site in modules:
        parent = lists.get(site.path.rpartition(".")[0])
        if parent is None or site.path in lists or is_gate(site.module):
            continue
        if site.path in parts and any(is_norm(child) for child in parent.children()):
            continue
        if is_composite(site.module) and len(weight_layers("", site.module)) > 1:
            items.append(site)
    attending = {ancestor for site in attention for ancestor in _ancestors(site.path)}
    attending |= {site.path for site in attention}
    whole = _innermost([site for site in items if site.path in attending])
    return _innermost([site for site in items if site in whole or not inside(site, whole)])


def find_transformers(
    modules: list[Site[nn.Module]],
    blocks: tuple[Site[nn.Module], ...],
    attention: tuple[AttentionSite, ...],
) -> tuple[Site[nn.Module], ...]:
    """Finds runs of transformer blocks between layers that lead in and out.

    Such a module holds one list of nothing but blocks with attention, and layers with weight
    matrices on both sides of it.
    """
    attending = {path for site in attention for path in (site.path, *_ancestors(site.path))}
    lists: dict[str, set[str]] = {}
    for block in blocks:
        run = block.path.rpartition(".")[0]
        for ancestor in _ancestors(run):
            lists.setdefault(ancestor, set()).add(run)
    mixed = {block.path.rpartition(".")[0] for block in blocks if block.path not in attending}
    return tuple(
        site
        for site in modules
        if len(runs := lists.get(site.path, set())) == 1
        and not runs & mixed
        and _leads_in_and_out(site, runs)
    )


def _innermost(sites: list[Site[nn.Module]]) -> tuple[Site[nn.Module], ...]:
    parents = {ancestor for site in sites for ancestor in _ancestors(site.path)}
    return tuple(site for site in sites if site.path not in parents)


def _numbers_its_children(module: nn.Module) -> bool:
    """Tells whether a module lists others without being a container, as RegNet's stages do."""
    named = list(children(module))
    stems = {re.sub(r"\d+$", "", name) for name, _ in named}
    return (
        len(stems) == 1
        and all(name[-1].isdigit() for name, _ in named)
        and all(len(weight_layers("", child)) > 1 for _, child in named)
        and len({type(child) for _, child in named} - {type(module)}) == 1
    )


def _leads_in_and_out(site: Site[nn.Module], runs: set[str]) -> bool:
    if is_container(site.module):
        return False
    named = list(children(site.module))
    return any(
        f"{site.path}.{name}" in runs
        and any(weight_layers("", child) for _, child in named[:index])
        and any(weight_layers("", child) for _, child in named[index + 1 :])
        for index, (name, _) in enumerate(named)
    )


def _ancestors(path: str) -> Iterator[str]:
    while path := path.rpartition(".")[0]:
        yield path
