"""Making parts of a network trainable again, for the methods that select among its parameters."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from medpeft_sdk.anatomy import ParameterSite, Site


def unfreeze(sites: Iterable[Site[nn.Module] | ParameterSite]) -> None:
    """Lets modules, or single parameters, require gradients."""
    for site in sites:
        tensor_or_module = site.module if isinstance(site, Site) else site.parameter
        tensor_or_module.requires_grad_(True)
