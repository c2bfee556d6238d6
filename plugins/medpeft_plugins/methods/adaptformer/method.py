"""The implementation of AdaptFormer."""

from __future__ import annotations

from typing import Any

from torch import nn

from medpeft_plugins.methods.adaptformer.parallel import Parallel, Watch
from medpeft_sdk.adaptation import Method, attach
from medpeft_sdk.anatomy import MlpSite, Site, Sites, inside
from medpeft_sdk.errors import UnsupportedError


class AdaptFormer(Method):
    """Adds a bottleneck beside the feed-forward part of each block."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks a bottleneck to each block; see `Method.adapt`."""
        pairs = [(b, m) for b in sites.blocks for m in sites.mlp if inside(m, (b,))]
        if not pairs:
            raise UnsupportedError(
                f"{self.spec.name} needs blocks with a feed-forward part: "
                f"{type(model).__name__} has none"
            )
        for number, (block, mlp) in enumerate(pairs):
            name = _name(number, pairs)
            norms = [
                _watch(model, norm, name)
                for norm in sites.norms
                if inside(norm, (block,)) and not inside(norm, (mlp, *sites.attention))
            ]
            bottleneck = Parallel(
                mlp,
                _watch(model, mlp, name),
                norms,
                bottleneck=hyperparameters["bottleneck"],
                scale=hyperparameters["scale"],
                dropout=hyperparameters["dropout"],
            )
            attach(model, block, bottleneck, name)
        return model


def _watch(model: nn.Module, site: Site[nn.Module], name: str) -> Watch:
    """Hooks a watch to a part; each bottleneck has its own, for it forgets what it has read."""
    watch = Watch()
    attach(model, site, watch, f"{name}_watch")
    return watch


def _name(number: int, pairs: list[tuple[Site[nn.Module], MlpSite]]) -> str:
    """Names a bottleneck after its place among those of its block."""
    block = pairs[number][0].path
    earlier = sum(b.path == block for b, _ in pairs[:number])
    return f"adaptformer_{earlier}" if earlier else "adaptformer"
