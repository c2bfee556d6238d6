"""Where adapters stand: what two methods share."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from medpeft_sdk.anatomy import Pointwise, Site, Sites
from medpeft_sdk.errors import UnsupportedError


def placed(
    sites: Sites, placement: str, *, method: str, network: str
) -> list[tuple[Site[nn.Module], Pointwise]]:
    """Returns the parts that get an adapter, each with its last layer.

    They are the attentions in a network that has no feed-forward parts, whatever the placement.

    Raises:
        UnsupportedError: The network has no such part.
    """
    found = list(_parts(sites, placement if sites.mlp else "houlsby"))
    if not found:
        raise UnsupportedError(
            f"{method} needs feed-forward parts, or attentions with an output projection: "
            f"{network} has none"
        )
    return found


def _parts(sites: Sites, placement: str) -> Iterator[tuple[Site[nn.Module], Pointwise]]:
    if placement == "houlsby":
        for attention in sites.attention:
            if attention.output is not None:
                yield attention, attention.output.module
    for mlp in sites.mlp:
        yield mlp, mlp.contract.module
