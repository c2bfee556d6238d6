"""Finding where a transformer makes its tokens."""

from __future__ import annotations

from torch import nn

from medpeft_sdk.anatomy.layers import children
from medpeft_sdk.anatomy.sites import ParameterSite, Site, TokenSites


def find_tokens(model: nn.Module) -> TokenSites | None:
    """Finds patch embedding, class tokens and position embeddings of a transformer.

    Learnt tokens and positions are the network's own parameters of shape (1, n, width), of which
    the longest holds the positions if it has one for each patch.
    """
    patches = _patch_embedding(model)
    count = getattr(patches.module, "num_patches", None) if patches else None
    own = [
        ParameterSite(name, parameter)
        for name, parameter in model.named_parameters(recurse=False)
        if parameter.ndim == 3 and parameter.shape[0] == 1
    ]
    longest = max(own, key=lambda site: site.parameter.shape[1], default=None)
    positions: tuple[ParameterSite, ...] = ()
    if longest and isinstance(count, int) and longest.parameter.shape[1] >= count:
        positions = (longest,)
    tokens = tuple(site for site in own if site not in positions)
    if not (patches or own):
        return None
    return TokenSites(patches, tokens, positions)


def _patch_embedding(model: nn.Module) -> Site[nn.Module] | None:
    """Returns the network's child with the first convolution, if that cuts the image in patches."""
    for name, child in children(model):
        for module in child.modules():
            if isinstance(module, nn.Conv2d):
                cuts = module.kernel_size == module.stride and module.kernel_size != (1, 1)
                return Site(name, child) if cuts else None
    return None
