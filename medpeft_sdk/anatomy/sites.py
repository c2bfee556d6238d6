"""What a site is: a place in a network where a method may act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from torch import nn

M_co = TypeVar("M_co", bound=nn.Module, covariant=True)

Pointwise = nn.Linear | nn.Conv2d
"""A layer that acts on each position alone: a linear layer, or a 1x1 convolution."""


@dataclass(frozen=True)
class Site(Generic[M_co]):
    """A module of a network.

    Attributes:
        path: Dotted path from the network, as `torch.nn.Module.get_submodule` takes it.
        module: The module itself.
    """

    path: str
    module: M_co


@dataclass(frozen=True)
class ParameterSite:
    """A parameter of a network.

    Attributes:
        path: Dotted path from the network, as `torch.nn.Module.get_parameter` takes it.
        parameter: The parameter itself.
    """

    path: str
    parameter: nn.Parameter


@dataclass(frozen=True)
class AttentionSite(Site[nn.Module]):
    """A multi-head attention with its projections, either fused or separate.

    Attributes:
        qkv: The fused projection; rows of query, key and value follow each other.
        query: The query projection, where it is a layer of its own.
        key: The key projection, likewise.
        value: The value projection, likewise.
        output: The projection behind the heads.
    """

    output: Site[Pointwise]
    qkv: Site[Pointwise] | None = None
    query: Site[Pointwise] | None = None
    key: Site[Pointwise] | None = None
    value: Site[Pointwise] | None = None

    @property
    def inputs(self) -> tuple[Site[Pointwise], ...]:
        """The projections in front of the heads: the fused one, or query, key and value."""
        found = (self.qkv, self.query, self.key, self.value)
        return tuple(site for site in found if site is not None)


@dataclass(frozen=True)
class MlpSite(Site[nn.Module]):
    """A feed-forward part of two layers with an activation between them.

    Attributes:
        expand: The first layer, from the width of the network to the hidden width.
        contract: The second layer, back to the width of the network.
    """

    expand: Site[Pointwise]
    contract: Site[Pointwise]


@dataclass(frozen=True)
class TokenSites:
    """Where a transformer makes its sequence of tokens.

    Attributes:
        patch_embedding: The module that turns an image into tokens.
        class_tokens: Learnt tokens beside those of the image: class, distillation, registers.
        position_embeddings: Learnt vectors that are added to tokens by position.
    """

    patch_embedding: Site[nn.Module] | None = None
    class_tokens: tuple[ParameterSite, ...] = ()
    position_embeddings: tuple[ParameterSite, ...] = ()


@dataclass(frozen=True)
class Sites:
    """All sites of a network, each kind in the order of the network's modules.

    A kind that the network lacks is empty. What belongs to the classifier stands in ``head`` and
    nowhere else.

    Attributes:
        blocks: The units that the network repeats, such as residual or transformer blocks.
        attention: Attentions.
        mlp: Feed-forward parts of transformer-like blocks.
        gates: Squeeze-and-excitation and its kin: layers on pooled features that scale channels.
        norms: Normalisation layers with parameters.
        convs: Two-dimensional convolutions, of the stem, blocks and gates alike.
        linears: Linear layers.
        biases: Bias vectors, those of norms included.
        tokens: Where the tokens are made; ``None`` outside of transformers.
        head: The classifier; two modules where a network has two.
    """

    blocks: tuple[Site[nn.Module], ...] = ()
    attention: tuple[AttentionSite, ...] = ()
    mlp: tuple[MlpSite, ...] = ()
    gates: tuple[Site[nn.Module], ...] = ()
    norms: tuple[Site[nn.Module], ...] = ()
    convs: tuple[Site[nn.Conv2d], ...] = ()
    linears: tuple[Site[nn.Linear], ...] = ()
    biases: tuple[ParameterSite, ...] = ()
    tokens: TokenSites | None = None
    head: tuple[Site[nn.Module], ...] = ()
