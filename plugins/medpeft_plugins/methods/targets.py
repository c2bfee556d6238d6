"""Which layers a method acts on, where several methods choose alike."""

from __future__ import annotations

from typing import Any

from timm.layers.conv2d_same import Conv2dSame
from timm.layers.linear import Linear
from torch import nn

from medpeft_sdk.anatomy import Site, Sites, inside


def block_layers(sites: Sites) -> list[Site[Any]]:
    """Returns the convolutions and linear layers of the blocks whose weight is used as it is.

    A network that is not made of blocks, such as VGG, is taken as one. Gates are left out: they
    scale channels by pooled features, and their few channels are no place for an update of some
    rank.
    """
    return [
        site
        for site in (*sites.convs, *sites.linears)
        if (inside(site, sites.blocks) or not sites.blocks)
        and not inside(site, sites.gates)
        and is_plain(site.module)
        and site.called
    ]


def is_plain(layer: nn.Module) -> bool:
    """Tells whether a change of the layer's weight is a change of what the layer computes with.

    It is not for classes that standardise or mix their weights before they use them.
    """
    if isinstance(layer, nn.Conv2d):
        return type(layer).forward is nn.Conv2d.forward or type(layer) is Conv2dSame
    return isinstance(layer, nn.Linear) and (
        type(layer).forward is nn.Linear.forward or type(layer) is Linear
    )
