"""Groups in an order of their own: the same on every machine and for every order of the table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from medpeft_sdk.data.dataset import SampleTable
from medpeft_sdk.data.labels import held_classes, indicators


@dataclass(frozen=True)
class Group:
    """Samples that stay together; where the table has no groups, one sample.

    Attributes:
        rows: Their rows in the table.
        stratum: The class under which they are drawn: the rarest of their classes. Where samples
            have any number of classes, having none counts as one more.
    """

    rows: tuple[int, ...]
    stratum: int


def ordered_groups(table: SampleTable, rows: Iterable[int], *, seed: str) -> list[Group]:
    """Returns the groups among the rows, shuffled by a hash of their names and the seed.

    The rows of a group are shuffled likewise, by their ids. Nothing else has an influence: a
    sample that is added or removed leaves the order of the others as it was.
    """
    members: dict[str, list[int]] = {}
    for row in rows:
        members.setdefault(table.groups[row] if table.groups else table.ids[row], []).append(row)
    everyone = np.fromiter((row for part in members.values() for row in part), dtype=np.int64)
    counts = indicators(table.labels[everyone], len(table.classes)).sum(axis=0)
    held = held_classes(table.labels, len(table.classes))

    def digest(name: str) -> bytes:
        return hashlib.sha256(f"{seed}\x1f{name}".encode()).digest()

    return [
        Group(
            rows=tuple(sorted(members[name], key=lambda row: digest(table.ids[row]))),
            stratum=min(
                (k for row in members[name] for k in held[row]), key=lambda k: (counts[k], k)
            ),
        )
        for name in sorted(members, key=digest)
    ]
