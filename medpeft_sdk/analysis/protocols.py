"""The results of one protocol, out of a folder that may hold those of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from medpeft_sdk.errors import DataError, unknown_name
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import ProtocolRef, ProtocolSpec, ResultSpec

_HASH = 8
"""Digits of a protocol's hash that are shown."""


def of_protocol(
    results: Sequence[ResultSpec], store: ResultStore, chosen: str | None = None
) -> list[ResultSpec]:
    """Keeps the results of one protocol.

    Args:
        results: Results of the store.
        store: Knows what their protocols fix.
        chosen: The protocol's name, or how its hash begins; ``None`` where there is one alone.

    Raises:
        DataError: There are several; the error says in what they differ.
        StoreError: What one of several fixes is missing or damaged.
        UnknownNameError: No result is of the chosen protocol.
    """
    all_of_them = {r.protocol.hash: r.protocol for r in results}
    found = {
        digest: ref
        for digest, ref in all_of_them.items()
        if chosen is None or ref.name == chosen or (chosen and digest.startswith(chosen))
    }
    if chosen is not None and not found:
        names = {name for ref in all_of_them.values() for name in (ref.name, ref.hash[:_HASH])}
        raise unknown_name("protocol of these results", chosen, names, where="--protocol")
    if len(found) > 1:
        raise DataError(
            "results of several protocols or rulesets are never mixed in one comparison",
            where="\n".join(_differing(found, store)),
            expected="results of one protocol under one ruleset",
            mend=f"choose one by its name or hash, such as --protocol {next(iter(found))[:_HASH]}",
        )
    return [result for result in results if result.protocol.hash in found]


def _differing(refs: Mapping[str, ProtocolRef], store: ResultStore) -> list[str]:
    """Says of each protocol by what it differs from the others."""
    fixed = {digest: _fixed(store.read_protocol(digest)) for digest in refs}
    names = dict.fromkeys(name for fields in fixed.values() for name in fields)
    differ = [n for n in names if len({fields.get(n, "none") for fields in fixed.values()}) > 1]
    return [
        f"{refs[digest].name} {digest[:_HASH]}: "
        + "; ".join(f"{name} {fields.get(name, 'none')}" for name in differ)
        for digest, fields in fixed.items()
    ]


def _fixed(protocol: ProtocolSpec) -> dict[str, str]:
    """Returns all that a protocol's hash is of, but for its name, as text."""
    own = {"name", "title", "description", "methods"}
    fields: dict[str, Any] = protocol.model_dump(mode="json", exclude=own)
    recipe = fields.pop("recipe")
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in (fields | recipe).items()
    }
