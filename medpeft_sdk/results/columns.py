"""Results as columns of JSON, one for each field: what many results share is read once.

Thousands of results have one recipe, one environment and one list of plugins between them. As
columns these are stored and validated once, and the results share them. What no two share are the
numbers of their metrics, which are in `estimates`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Annotated, Any, NamedTuple

from pydantic import TypeAdapter

from medpeft_sdk.results.construct import construct, construct_rows
from medpeft_sdk.specs import CellSpec, Disparity, ResultSpec, Subgroup, Subgroups

_CELL = "cell."
"""Each cell is another, and what it is made of is not: its fields are columns of their own."""

GROUPS = "subgroups.groups"
"""Names, among fields to leave out, the metrics of each subgroup: most of what a result says."""


@dataclass(frozen=True)
class _Ungrouped:
    """What else `Subgroups` say."""

    disparities: dict[str, Disparity]
    reason: str | None


class Part(NamedTuple):
    """What is wanted of results.

    Attributes:
        without: Fields that are left at their defaults.
        metrics: Metrics that are wanted; all if ``None``.
    """

    without: Collection[str] = ()
    metrics: Collection[str] | None = None

    def has(self, column: str) -> bool:
        """Returns whether a column is wanted."""
        return column not in self.without and (column != GROUPS or "subgroups" not in self.without)


WHOLE = Part()
"""All of them."""


@cache
def columns() -> Mapping[str, TypeAdapter[list[Any]]]:
    """Returns the name of each column and what its values are, in the order of the fields."""
    fields = {name: f for name, f in ResultSpec.model_fields.items() if name != "cell"}
    fields |= {_CELL + name: field for name, field in CellSpec.model_fields.items()}
    found: dict[str, TypeAdapter[list[Any]]] = {
        name: TypeAdapter(list[Annotated[field.annotation, name, *field.metadata]])  # pyright: ignore[reportInvalidTypeForm, reportUnknownMemberType]
        for name, field in fields.items()
    }
    return found | {
        "metrics": TypeAdapter(list[dict[str, str | None]]),
        "subgroups": TypeAdapter(list[dict[str, _Ungrouped]]),
        GROUPS: TypeAdapter(list[dict[str, tuple[Subgroup, ...]]]),
    }


def to_row(result: ResultSpec) -> dict[str, str]:
    """Returns the JSON of each column; of the metrics, what is not a number."""
    return {name: _json(adapter, _value(result, name)) for name, adapter in columns().items()}


def values(column: str, texts: Sequence[str]) -> list[Any]:
    """Returns the values of a column; raises `ValueError`."""
    return columns()[column].validate_json(f"[{','.join(texts)}]")


def to_results(found: Mapping[str, Sequence[Any]]) -> list[ResultSpec]:
    """Makes results of values that they share.

    Args:
        found: Values by column, as `values` returns them, and ``metrics``; fields whose columns
            are missing have their defaults.
    """
    of_cell = {n.removeprefix(_CELL): v for n, v in found.items() if n.startswith(_CELL)}
    own = {**found, "cell": construct(CellSpec, of_cell)}
    if "subgroups" in found:
        own["subgroups"] = _subgroups(found["subgroups"], found.get(GROUPS))
    missing = {n: f.get_default() for n, f in ResultSpec.model_fields.items() if n not in own}
    own |= {name: [default] * len(own["cell"]) for name, default in missing.items()}
    return construct(ResultSpec, {name: own[name] for name in ResultSpec.model_fields})


def _subgroups(
    found: Sequence[Mapping[str, _Ungrouped]],
    groups: Sequence[Mapping[str, Sequence[Subgroup]]] | None,
) -> list[Mapping[str, Subgroups]]:
    rows = zip(found, groups or repeat({}), strict=False)
    fields = (
        {"groups": of.get(n, ()), **vars(part)} for row, of in rows for n, part in row.items()
    )
    made = iter(construct_rows(Subgroups, fields))
    return [dict(zip(row, made, strict=False)) for row in found]


def _value(result: ResultSpec, column: str) -> Any:
    if column == "metrics":
        return {name: estimate.reason for name, estimate in result.metrics.items()}
    if column == "subgroups":
        parts = result.subgroups.items()
        return {n: _Ungrouped(p.disparities, p.reason) for n, p in parts}
    if column == GROUPS:
        return {name: part.groups for name, part in result.subgroups.items()}
    owner = result.cell if column.startswith(_CELL) else result
    return getattr(owner, column.removeprefix(_CELL))


def _json(adapter: TypeAdapter[list[Any]], value: Any) -> str:
    return adapter.dump_json([value])[1:-1].decode()
