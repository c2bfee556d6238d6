"""What a site is: a place in a network where a method may act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
        called: Whether the network calls the module. Some networks only read a layer's weight:
            what is hooked to such a layer, or wrapped around it, would never run.
    """

    path: str
    module: M_co
    called: bool = field(default=True, kw_only=True)


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
class Projection(Site[Pointwise]):
    """What makes queries, keys or values: a layer, or a part of one that makes several.

    Attributes:
        channels: The layer's output channels that are this projection's, in its own order: a
            ``range`` where they follow each other; ``None`` where the whole layer is.
    """

    channels: Sequence[int] | None = None


@dataclass(frozen=True)
class AttentionSite(Site[nn.Module]):
    """A multi-head attention with its projections; one that it lacks is ``None``.

    Attributes:
        query: What makes the queries.
        key: What makes the keys; the layer of ``query`` or ``value`` where they are fused.
        value: What makes the values, likewise.
        output: The projection behind the heads.
    """

    query: Projection | None = None
    key: Projection | None = None
    value: Projection | None = None
    output: Site[Pointwise] | None = None

    @property
    def inputs(self) -> tuple[Site[Pointwise], ...]:
        """The layers in front of the heads, each once: a fused one, or several."""
        layers: dict[str, Site[Pointwise]] = {}
        for projection in (self.query, self.key, self.value):
            if projection is not None:
                site = Site(projection.path, projection.module, called=projection.called)
                layers.setdefault(projection.path, site)
        return tuple(layers.values())


@dataclass(frozen=True)
class MlpSite(Site[nn.Module]):
    """A feed-forward part of two layers with an activation between them.

    Attributes:
        expand: The first layer, from the width of the network to the hidden width; twice that
            where one half of its channels gates the other. A second layer of its shape, which
            some parts have to gate it, is not named here.
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
        rigid: Why no token can be added to the sequence, in words that follow "because", such as
            ``blocks.0.attn holds a table of relative positions``; ``None`` where it can.
    """

    patch_embedding: Site[nn.Module] | None = None
    class_tokens: tuple[ParameterSite, ...] = ()
    position_embeddings: tuple[ParameterSite, ...] = ()
    rigid: str | None = None


@dataclass(frozen=True)
class Sites:
    """All sites of a network, each kind in the order of the network's modules.

    A kind that the network lacks is empty. What belongs to the classifier stands in ``head`` and
    nowhere else.

    Attributes:
        blocks: The units that the network repeats, such as residual or transformer blocks.
        transformers: Runs of transformer blocks with layers of their own that lead in and out, as
            hybrids and U-Nets have them between convolutions.
        attention: Attentions.
        mlp: Feed-forward parts of transformer-like blocks.
        gates: Squeeze-and-excitation and its kin: layers on pooled features that scale channels.
        norms: Normalisation layers with parameters.
        batch_norms: Those of them whose statistics are a batch's.
        other_norms: Layer, group, RMS and other norms, whose statistics are a sample's.
        convs: Two-dimensional convolutions, of the stem, blocks and gates alike.
        linears: Linear layers.
        biases: Bias vectors, those of norms included.
        tokens: Where the tokens are made; ``None`` outside of transformers.
        head: The classifier; two modules where a network has two.
    """

    blocks: tuple[Site[nn.Module], ...] = ()
    transformers: tuple[Site[nn.Module], ...] = ()
    attention: tuple[AttentionSite, ...] = ()
    mlp: tuple[MlpSite, ...] = ()
    gates: tuple[Site[nn.Module], ...] = ()
    norms: tuple[Site[nn.Module], ...] = ()
    batch_norms: tuple[Site[nn.Module], ...] = ()
    other_norms: tuple[Site[nn.Module], ...] = ()
    convs: tuple[Site[nn.Conv2d], ...] = ()
    linears: tuple[Site[nn.Linear], ...] = ()
    biases: tuple[ParameterSite, ...] = ()
    tokens: TokenSites | None = None
    head: tuple[Site[nn.Module], ...] = ()

    @property
    def projections(self) -> tuple[Site[Pointwise], ...]:
        """The layers in front of and behind the heads of all attentions, where they are told."""
        return tuple(
            site
            for attention in self.attention
            for site in (*attention.inputs, attention.output)
            if site is not None
        )

    @property
    def sequence(self) -> TokenSites | None:
        """The tokens where more of them can join; ``None`` where they cannot."""
        return self.tokens if self.tokens and self.tokens.rigid is None else None
