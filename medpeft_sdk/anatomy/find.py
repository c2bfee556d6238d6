"""Finding all sites of a network in one walk over its modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from torch import nn

from medpeft_sdk.anatomy.attention import find_attention, weights_read
from medpeft_sdk.anatomy.blocks import find_blocks, find_transformers, inside
from medpeft_sdk.anatomy.feedforward import find_mlp, is_gate
from medpeft_sdk.anatomy.head import find_head
from medpeft_sdk.anatomy.layers import has_parameters, is_batchnorm, is_norm
from medpeft_sdk.anatomy.sites import AttentionSite, MlpSite, ParameterSite, Site, Sites
from medpeft_sdk.anatomy.tokens import find_tokens
from medpeft_sdk.specs import Family


def find_sites(model: nn.Module) -> Sites:
    """Finds where a network can be touched, by the types and structure of its modules.

    Written for timm's networks and diffusers' U-Net; it asks nothing of a network but its
    modules, and its ``get_classifier()`` where it has one.

    Args:
        model: The network, on any device, the meta device included; left as it is.

    Returns:
        The sites; kinds that the network lacks are empty.
    """
    head = find_head(model)
    modules = list(_body(model, head))
    attention = _attention(modules, head)
    mlp = _mlp(modules, attention)
    features = [site for site in modules if not any(inside(layer, (site,)) for layer in head)]
    blocks = find_blocks(features, attention, mlp)
    norms = tuple(site for site in modules if is_norm(site.module))
    return Sites(
        blocks=blocks,
        transformers=find_transformers(modules, blocks, attention),
        attention=attention,
        mlp=mlp,
        gates=tuple(s for s in modules if is_gate(s.module)),
        norms=norms,
        batch_norms=tuple(s for s in norms if is_batchnorm(s.module)),
        other_norms=tuple(s for s in norms if not is_batchnorm(s.module)),
        convs=tuple(
            Site(s.path, s.module, called=s.called)
            for s in modules
            if isinstance(s.module, nn.Conv2d)
        ),
        linears=tuple(
            Site(s.path, s.module, called=s.called)
            for s in modules
            if isinstance(s.module, nn.Linear)
        ),
        biases=_biases(modules),
        tokens=find_tokens(model, modules, blocks, attention),
        head=head,
    )


def family_of(sites: Sites) -> Family:
    """Tells the family of a network from what its blocks are made of.

    Returns:
        ``unet`` where a map goes in and one with as many channels comes out; otherwise
        ``transformer`` for attention alone, ``hybrid`` for attention and convolutions that are
        wider than one pixel or in blocks of their own, ``cnn`` for convolutions, ``mlp`` for
        neither.
    """
    if sites.convs and not sites.head:
        first, last = sites.convs[0].module, sites.convs[-1].module
        if first is not last and first.in_channels == last.out_channels:
            return "unet"
    attending = tuple(
        block for block in sites.blocks if any(inside(site, (block,)) for site in sites.attention)
    )
    convs = [site for site in sites.convs if inside(site, sites.blocks)]
    if attending:
        mixed = any(
            site.module.kernel_size != (1, 1) or not inside(site, attending) for site in convs
        )
        return "hybrid" if mixed else "transformer"
    if convs or not sites.blocks:
        return "cnn"
    return "mlp"


def _body(model: nn.Module, head: tuple[Site[nn.Module], ...]) -> Iterator[Site[nn.Module]]:
    """Iterates over the modules that have parameters, the network itself and its head left out."""
    unread = {id(layer) for module in model.modules() for layer in weights_read(module)}
    for path, module in model.named_modules():
        site = Site(path, module, called=id(module) not in unread)
        if path and has_parameters(module) and not inside(site, head):
            yield site


def _attention(
    modules: list[Site[nn.Module]], head: tuple[Site[nn.Module], ...]
) -> tuple[AttentionSite, ...]:
    found = filter(None, (find_attention(site.path, site.module) for site in modules))
    # An attention that pools features may make the classes by its output projection.
    return tuple(
        replace(site, output=None) if site.output and inside(site.output, head) else site
        for site in found
    )


def _mlp(
    modules: list[Site[nn.Module]], attention: tuple[AttentionSite, ...]
) -> tuple[MlpSite, ...]:
    # A fused projection and an output projection can have the widths of a gated feed-forward part.
    attending = {site.path for site in attention}
    found = (find_mlp(site.path, site.module) for site in modules if site.path not in attending)
    return tuple(filter(None, found))


def _biases(modules: list[Site[nn.Module]]) -> tuple[ParameterSite, ...]:
    """Finds the vectors that are added to features: ``bias``, and an attention's ``q_bias``."""
    return tuple(
        ParameterSite(f"{site.path}.{name}", parameter)
        for site in modules
        for name, parameter in site.module.named_parameters(recurse=False)
        if parameter.ndim == 1 and (name == "bias" or name.endswith("_bias"))
    )
