"""Adding learnt tokens to the sequence of a transformer, and taking them out again."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from medpeft_sdk.adaptation import Addition
from medpeft_sdk.anatomy import AttentionSite, Site, Sites, inside, widths


class Join(Addition):
    """Puts learnt tokens at the end of the sequence that goes into a block.

    Attributes:
        tokens: Shape (count, width).
    """

    def __init__(self, count: int, width: int, *, bound: float, dropout: float) -> None:
        """Draws the tokens uniformly between ``-bound`` and ``bound``."""
        super().__init__()
        self.tokens = nn.Parameter(torch.empty(count, width).uniform_(-bound, bound))
        self.dropout = nn.Dropout(dropout)

    def before(self, features: Tensor) -> Tensor:
        """Appends the tokens; see `Addition.before`."""
        tokens = self.dropout(self.tokens).to(features.dtype).expand(len(features), -1, -1)
        return torch.cat((features, tokens), dim=1)


class Leave(Addition):
    """Takes the last tokens out of the sequence that comes out of a block."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def after(self, features: Tensor, output: Tensor) -> Tensor:
        """Drops the tokens; see `Addition.after`."""
        return output[:, : -self._count]


def attending_blocks(sites: Sites) -> list[Site[nn.Module]]:
    """Returns the blocks that a sequence of tokens passes, in order."""
    return [block for block in sites.blocks if _attention(sites, block)]


def width_and_bound(sites: Sites, block: Site[nn.Module]) -> tuple[int, float]:
    """Returns the width of the tokens, and the bound within which VPT draws new ones.

    The bound is Xavier's for a layer from a patch's pixels to a token.
    """
    attention = _attention(sites, block)
    assert attention is not None, "the blocks of a sequence have attention"
    width = widths(attention.inputs[0].module)[0]
    patches = sites.tokens.patch_embedding if sites.tokens else None
    convs = [m for m in patches.module.modules() if isinstance(m, nn.Conv2d)] if patches else []
    pixels = convs[0].weight[0].numel() if convs else width
    return width, math.sqrt(6 / (pixels + width))


def _attention(sites: Sites, block: Site[nn.Module]) -> AttentionSite | None:
    return next((a for a in sites.attention if a.inputs and inside(a, (block,))), None)
