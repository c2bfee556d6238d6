"""What both forms of factor-tuning share: which matrices they update, and the update of a layer.

The weights of all layers are one stack of square matrices as wide as the tokens: a layer that
widens or narrows is several of them side by side. The outer factors, ``U`` and ``V``, are the
same for the whole stack, or for each width where a network has several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_plugins.methods.targets import is_plain
from medpeft_sdk.adaptation import Addition, check_at_most
from medpeft_sdk.anatomy import Site, Sites, channel_dim, widths
from medpeft_sdk.errors import UnsupportedError


@dataclass(frozen=True)
class Target:
    """A layer, or some of its output channels, as square matrices side by side.

    Attributes:
        name: What its update is called.
        site: The layer.
        channels: The output channels that are updated; all for ``None``.
        width: Rows and columns of a matrix, the width of the tokens.
        taken: Matrices side by side along the layer's input.
        given: Matrices side by side along its output.
    """

    name: str
    site: Site[Any]
    channels: Sequence[int] | None
    width: int
    taken: int
    given: int

    @property
    def matrices(self) -> int:
        """Matrices that the layer is made of."""
        return self.taken * self.given


def find_targets(sites: Sites, *, method: str, rank: int) -> list[list[Target]]:
    """Finds the projections of all attentions and the layers of all feed-forward parts.

    Args:
        sites: Those of the network.
        method: Name of the method, for errors.
        rank: The rank that has to fit the widths.

    Returns:
        The targets, those of one width together, narrow ones first.

    Raises:
        UnsupportedError: There are none, or the rank is above a width.
    """
    found: list[Target] = []
    for attention in sites.attention:
        layers = {
            role: site
            for role in ("query", "key", "value", "output")
            if (site := getattr(attention, role)) is not None
        }
        if not layers:
            continue
        width = widths(next(iter(layers.values())).module)[0]
        found.extend(_target(site, width, role) for role, site in layers.items())
    for mlp in sites.mlp:
        width = widths(mlp.expand.module)[0]
        found.extend(_target(site, width, "") for site in (mlp.expand, mlp.contract))
    found = [
        t for t in found if t.matrices and is_plain(t.site.module) and _is_dense(t.site.module)
    ]
    if not found:
        raise UnsupportedError(
            f"{method} needs projections or feed-forward layers that are whole numbers of square "
            "matrices as wide as the tokens, and whose weight is used as it is: there is none"
        )
    for target in found:
        check_at_most(
            target.width,
            rank,
            method=method,
            hyperparameter="rank",
            site=target.site,
            what="the width of the tokens",
        )
    found.sort(key=lambda target: target.width)
    return [list(group) for _, group in groupby(found, key=lambda target: target.width)]


def _is_dense(layer: nn.Module) -> bool:
    """Tells apart convolutions that leave out positions."""
    return getattr(layer, "stride", (1, 1)) == (1, 1)


def _target(site: Site[Any], width: int, role: str) -> Target:
    """Reads a layer as matrices; of none where their width does not divide its sides."""
    channels: Sequence[int] | None = getattr(site, "channels", None)
    taken, given = widths(site.module)
    given = given if channels is None else len(channels)
    name = "fact" if channels is None else f"fact_{role}"
    if taken % width or given % width:
        return Target(name, site, channels, width, 0, 0)
    return Target(name, site, channels, width, taken // width, given // width)


class Factors(nn.Module):
    """The outer factors of a stack of matrices.

    Attributes:
        down: ``U``, from the width of the tokens to the rank.
        up: ``V``, from the rank to the width, zero at the start.
    """

    def __init__(self, width: int, rank: int) -> None:
        super().__init__()
        self.down = nn.Linear(width, rank, bias=False)
        self.up = nn.Linear(rank, width, bias=False)
        nn.init.zeros_(self.up.weight)


class Increment(Addition):
    """Adds ``s V core(U x)`` to what a layer makes of ``x``; a form of the method gives the core.

    Attributes:
        factors: What all layers of one width share.
        scale: ``s``.
    """

    channels: Tensor | None

    def __init__(self, target: Target, factors: Factors, *, scale: float, dropout: float) -> None:
        """Makes the update of a target.

        Args:
            target: What is updated.
            factors: The outer factors; registered by each layer, stored once.
            scale: Factor of the update.
            dropout: Probability of zeroing what the core gives out.
        """
        super().__init__()
        self.factors = factors
        self.scale = scale
        self.dropout = nn.Dropout(dropout)
        self._dim = channel_dim(target.site.module)
        self._taken, self._given = target.taken, target.given
        index = None if target.channels is None else torch.tensor(target.channels)
        self.register_buffer("channels", index, persistent=False)

    def core(self) -> Tensor:
        """Returns the inner factor, of shape (``given`` * rank, ``taken`` * rank)."""
        raise NotImplementedError

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Adds the update; see `Addition.after`."""
        slices = features.movedim(self._dim, -1).unflatten(-1, (self._taken, -1))
        inner = F.linear(self.factors.down(slices).flatten(-2), self.core())
        hidden = self.dropout(inner).unflatten(-1, (self._given, -1))
        update = self.scale * self.factors.up(hidden).flatten(-2).movedim(-1, self._dim)
        if self.channels is None:
            return output + update
        return output.index_add(self._dim, self.channels, update.to(output.dtype))

    def fold(self, layer: nn.Module) -> None:
        """Adds the product of the factors to the layer's weight."""
        weight: Tensor = layer.get_parameter("weight")
        core = self.core().unflatten(1, (self._taken, -1)).unflatten(0, (self._given, -1))
        up, down = self.factors.up.weight, self.factors.down.weight
        product = torch.einsum("ip,gptq,qj->gitj", up, core, down).flatten(2).flatten(0, 1)
        rows = slice(None) if self.channels is None else self.channels
        weight[rows] += (self.scale * product).reshape(weight[rows].shape).to(weight.dtype)
