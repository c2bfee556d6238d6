"""Finding all sites of a network in one walk over its modules."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from medpeft_sdk.anatomy.attention import find_attention
from medpeft_sdk.anatomy.feedforward import find_mlp, is_gate
from medpeft_sdk.anatomy.head import find_head
from medpeft_sdk.anatomy.layers import has_parameters, is_composite, is_container, is_norm
from medpeft_sdk.anatomy.sites import ParameterSite, Site, Sites
from medpeft_sdk.anatomy.tokens import find_tokens
from medpeft_sdk.specs import Family


def find_sites(model: nn.Module) -> Sites:
    """Finds where a network can be touched, by the types and structure of its modules.

    Written for timm's convolutional networks and vision transformers; it asks nothing of a
    network but its modules, and its ``get_classifier()`` where it has one.

    Args:
        model: The network, on any device, the meta device included; left as it is.

    Returns:
        The sites; kinds that the network lacks are empty.
    """
    head = find_head(model)
    modules = list(_body(model, head))
    attention = tuple(filter(None, (find_attention(s.path, s.module) for s in modules)))
    return Sites(
        blocks=_blocks(modules),
        attention=attention,
        mlp=tuple(filter(None, (find_mlp(s.path, s.module) for s in modules))),
        gates=tuple(s for s in modules if is_gate(s.module)),
        norms=tuple(s for s in modules if is_norm(s.module)),
        convs=tuple(Site(s.path, s.module) for s in modules if isinstance(s.module, nn.Conv2d)),
        linears=tuple(Site(s.path, s.module) for s in modules if isinstance(s.module, nn.Linear)),
        biases=_biases(modules),
        tokens=find_tokens(model) if attention else None,
        head=head,
    )


def family_of(sites: Sites) -> Family:
    """Tells the family of a network from what its blocks are made of.

    Returns:
        ``transformer`` for attention alone, ``hybrid`` for attention and convolutions wider than
        one pixel, ``cnn`` for convolutions, ``mlp`` for neither.
    """
    attention = any(inside(site, sites.blocks) for site in sites.attention)
    convs = [site for site in sites.convs if inside(site, sites.blocks)]
    if attention:
        wide = any(site.module.kernel_size != (1, 1) for site in convs)
        return "hybrid" if wide else "transformer"
    if convs or not sites.blocks:
        return "cnn"
    return "mlp"


def inside(site: Site[nn.Module], others: tuple[Site[nn.Module], ...]) -> bool:
    """Tells whether a site is one of the others, or part of one."""
    return any(f"{site.path}.".startswith(f"{other.path}.") for other in others)


def _body(model: nn.Module, head: tuple[Site[nn.Module], ...]) -> Iterator[Site[nn.Module]]:
    """Iterates over the modules that have parameters, the network itself and its head left out."""
    for path, module in model.named_modules():
        site = Site(path, module)
        if path and has_parameters(module) and not inside(site, head):
            yield site


def _blocks(modules: list[Site[nn.Module]]) -> tuple[Site[nn.Module], ...]:
    """Finds the units that a network repeats.

    A block is an item of a list of modules, has at least two convolutions or linear layers, and
    holds no block itself: a stage is a list of blocks, or holds one.
    """
    containers = {site.path for site in modules if is_container(site.module)}
    items = [
        site
        for site in modules
        if site.path.rpartition(".")[0] in containers
        and not is_container(site.module)
        and is_composite(site.module)
        and _weight_layers(site.module) > 1
    ]
    parents = {ancestor for site in items for ancestor in _ancestors(site.path)}
    return tuple(site for site in items if site.path not in parents)


def _weight_layers(module: nn.Module) -> int:
    return sum(isinstance(m, (nn.Conv2d, nn.Linear)) for m in module.modules())


def _ancestors(path: str) -> Iterator[str]:
    while path := path.rpartition(".")[0]:
        yield path


def _biases(modules: list[Site[nn.Module]]) -> tuple[ParameterSite, ...]:
    """Finds the vectors that are added to features: ``bias``, and an attention's ``q_bias``."""
    return tuple(
        ParameterSite(f"{site.path}.{name}", parameter)
        for site in modules
        for name, parameter in site.module.named_parameters(recurse=False)
        if parameter.ndim == 1 and (name == "bias" or name.endswith("_bias"))
    )
