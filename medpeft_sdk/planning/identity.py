"""The identity of a cell: what makes two training runs the same one."""

from __future__ import annotations

import hashlib
import json

from medpeft_sdk.specs import CellSpec, ProtocolSpec, SearchSpec

IDENTITY_VERSION = 1
"""Raised when the same cell would, by a change of ours, give another answer."""


def cell_id(cell: CellSpec) -> str:
    """Returns the SHA-256 of a cell's canonical JSON and the identity version."""
    return hashlib.sha256(f"{IDENTITY_VERSION}\n{cell.canonical_json()}".encode()).hexdigest()


def search_id(search: SearchSpec) -> str:
    """Returns the SHA-256 of a search's canonical JSON and the identity version."""
    text = f"search {IDENTITY_VERSION}\n{search.canonical_json()}"
    return hashlib.sha256(text.encode()).hexdigest()


def protocol_hash(protocol: ProtocolSpec) -> str:
    """Returns the SHA-256 of all that a protocol fixes; it does not fix the methods."""
    fixed = protocol.model_dump(mode="json", exclude={"methods", "title", "description"})
    return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()
