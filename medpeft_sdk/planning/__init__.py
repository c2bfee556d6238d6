"""Protocol × methods → cells → bundles, and the identity of a cell."""

from medpeft_sdk.planning.identity import IDENTITY_VERSION, cell_id, protocol_hash, search_id
from medpeft_sdk.planning.plan import (
    Bundle,
    Plan,
    PlannedCell,
    PlannedDataset,
    PlannedSearch,
    make_plan,
)
from medpeft_sdk.planning.protocols import find_protocol, with_full_names
from medpeft_sdk.planning.searches import Search
from medpeft_sdk.planning.settings import Settings, read_settings, split_assignments

__all__ = [
    "IDENTITY_VERSION",
    "Bundle",
    "Plan",
    "PlannedCell",
    "PlannedDataset",
    "PlannedSearch",
    "Search",
    "Settings",
    "cell_id",
    "find_protocol",
    "make_plan",
    "protocol_hash",
    "read_settings",
    "search_id",
    "split_assignments",
    "with_full_names",
]
