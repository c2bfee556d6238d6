"""Where a backbone can be touched, and how one is built."""

from medpeft_sdk.anatomy.backbone import BackboneBuilder
from medpeft_sdk.anatomy.blocks import inside
from medpeft_sdk.anatomy.find import family_of, find_sites
from medpeft_sdk.anatomy.head import find_head, reset_head
from medpeft_sdk.anatomy.layers import channel_dim, is_batchnorm, is_depthwise, widths
from medpeft_sdk.anatomy.sites import (
    AttentionSite,
    MlpSite,
    ParameterSite,
    Pointwise,
    Projection,
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
    "Projection",
    "Site",
    "Sites",
    "TokenSites",
    "channel_dim",
    "check_digest",
    "family_of",
    "find_head",
    "find_sites",
    "hash_file",
    "inside",
    "is_batchnorm",
    "is_depthwise",
    "load_state",
    "reset_head",
    "widths",
]
