"""Where a backbone can be touched, and how one is built."""

from medpeft_sdk.anatomy.backbone import BackboneBuilder
from medpeft_sdk.anatomy.find import family_of, find_sites, inside
from medpeft_sdk.anatomy.head import reset_head
from medpeft_sdk.anatomy.layers import is_depthwise
from medpeft_sdk.anatomy.sites import (
    AttentionSite,
    MlpSite,
    ParameterSite,
    Pointwise,
    Site,
    Sites,
    TokenSites,
)
from medpeft_sdk.anatomy.weights import check_digest, hash_file, load_state

__all__ = [
    "AttentionSite",
    "BackboneBuilder",
    "MlpSite",
    "ParameterSite",
    "Pointwise",
    "Site",
    "Sites",
    "TokenSites",
    "check_digest",
    "family_of",
    "find_sites",
    "hash_file",
    "inside",
    "is_depthwise",
    "load_state",
    "reset_head",
]
