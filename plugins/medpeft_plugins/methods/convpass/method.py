"""The implementation of Convpass."""

from __future__ import annotations

from math import isqrt
from typing import Any

from torch import nn

from medpeft_plugins.methods.convpass.bypass import Bypass
from medpeft_sdk.adaptation import Method, attach
from medpeft_sdk.anatomy import Site, Sites, TokenSites
from medpeft_sdk.errors import UnsupportedError


class Convpass(Method):
    """Adds a convolutional bottleneck beside each attention and feed-forward part."""

    def adapt(self, model: nn.Module, sites: Sites, **hyperparameters: Any) -> nn.Module:
        """Hooks a bottleneck to each part; see `Method.adapt`."""
        class_tokens, patches = self._count(sites.tokens) if sites.tokens else (0, None)
        parts = _parts(sites)
        if not parts:
            raise UnsupportedError(
                f"{self.spec.name} needs attentions with projections in front of and behind the "
                f"heads, or feed-forward parts: {type(model).__name__} has none"
            )
        for part, first, last in parts:
            bypass = Bypass(
                first.module,
                last.module,
                bottleneck=hyperparameters["bottleneck"],
                class_tokens=class_tokens,
                patches=patches,
                scale=hyperparameters["scale"],
                dropout=hyperparameters["dropout"],
            )
            attach(model, part, bypass, "convpass")
        return model

    def _count(self, tokens: TokenSites) -> tuple[int, int | None]:
        """Counts the tokens before the patches, and the patches where their module tells.

        Raises:
            UnsupportedError: The patches stay a sequence and make no square.
        """
        embedding = tokens.patch_embedding
        count = getattr(embedding.module, "num_patches", None) if embedding else None
        patches = count if isinstance(count, int) else None
        # Without positions in a sequence, the patches go on as a map, which says its own sides.
        if embedding and patches and tokens.position_embeddings and isqrt(patches) ** 2 != patches:
            raise UnsupportedError(
                f"{self.spec.name} cannot tell the grid of {patches} patches",
                where=embedding.path,
                expected="as many patches in height as in width",
                mend="build the network for square images",
            )
        return sum(site.parameter.shape[1] for site in tokens.class_tokens), patches


def _parts(sites: Sites) -> list[tuple[Site[nn.Module], Site[Any], Site[Any]]]:
    """Returns each attention and feed-forward part with its first and its last layer."""
    attentions = [
        (site, site.inputs[0], site.output)
        for site in sites.attention
        if site.inputs and site.output is not None
    ]
    return [*attentions, *((site, site.expand, site.contract) for site in sites.mlp)]
