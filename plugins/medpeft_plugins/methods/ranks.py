"""Which layers a rank fits: what all methods of low rank share."""

from __future__ import annotations

from typing import Any

from medpeft_sdk.adaptation import check_at_most
from medpeft_sdk.anatomy import Site
from medpeft_sdk.specs import MethodSpec


def within_rank(sites: list[Site[Any]], rank: int, spec: MethodSpec) -> list[Site[Any]]:
    """Leaves out layers that are narrower than a method's default rank.

    A default is chosen without knowing the network. Any other rank was chosen for it, so a layer
    that it cannot fit is an error.

    Args:
        sites: The layers, or projections that are parts of them.
        rank: The rank, the default or another.
        spec: The method, whose hyperparameter ``rank`` it is.

    Raises:
        UnsupportedError: The rank is above the smaller side of a layer, of every layer where it is
            the default.
    """
    default = next(h.default for h in spec.hyperparameters if h.name == "rank")
    wide = [site for site in sites if _smaller_side(site) >= rank]
    if wide and rank == default:
        return wide
    for site in sites:
        check_at_most(
            _smaller_side(site),
            rank,
            method=spec.name,
            hyperparameter="rank",
            site=site,
            what="the smaller side",
        )
    return sites


def _smaller_side(site: Site[Any]) -> int:
    weight, channels = site.module.weight, getattr(site, "channels", None)
    return min(len(weight if channels is None else channels), weight[0].numel())
