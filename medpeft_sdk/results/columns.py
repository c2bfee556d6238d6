"""Results as columns of JSON, one for each field: what many results share is read once.

Thousands of results have one recipe, one environment and one list of plugins between them. As
columns these are stored and validated once, and the results share them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import TypeAdapter

from medpeft_sdk.specs import CellSpec, ResultSpec, Spec

S = TypeVar("S", bound=Spec)

_CELL = "cell."
"""Each cell is another, and what it is made of is not: its fields are columns of their own."""


@cache
def columns() -> Mapping[str, TypeAdapter[list[Any]]]:
    """Returns the name of each column and what its values are, in the order of the fields."""
    fields = {name: f for name, f in ResultSpec.model_fields.items() if name != "cell"}
    fields |= {_CELL + name: field for name, field in CellSpec.model_fields.items()}
    return {
        name: TypeAdapter(list[Annotated[field.annotation, name, *field.metadata]])  # pyright: ignore[reportInvalidTypeForm, reportUnknownMemberType]
        for name, field in fields.items()
    }


def to_row(result: ResultSpec) -> dict[str, str]:
    """Returns the JSON of each column."""
    return {name: _json(adapter, _value(result, name)) for name, adapter in columns().items()}


def values(column: str, texts: Sequence[str]) -> list[Any]:
    """Returns the validated values of a column; raises `ValueError`."""
    return columns()[column].validate_json(f"[{','.join(texts)}]")


def to_results(names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> list[ResultSpec]:
    """Makes results of values that they share.

    Args:
        names: Names of columns; fields whose columns are missing have their defaults.
        rows: Values in the order of ``names``, as `values` returns them.
    """
    own = [(at, name) for at, name in enumerate(names) if not name.startswith(_CELL)]
    of_cell = [(at, n.removeprefix(_CELL)) for at, n in enumerate(names) if n.startswith(_CELL)]
    missing = {n: f.get_default() for n, f in ResultSpec.model_fields.items() if n not in names}
    results: list[ResultSpec] = []
    for row in rows:
        cell = _made(CellSpec, {name: row[at] for at, name in of_cell})
        results.append(_made(ResultSpec, missing | {n: row[at] for at, n in own} | {"cell": cell}))
    return results


def _made(kind: type[S], fields: dict[str, Any]) -> S:
    """Makes a spec of values that are valid already, as unpickling does: in a tenth of the time."""
    made = kind.__new__(kind)
    made.__setstate__(
        {
            "__dict__": fields,
            "__pydantic_fields_set__": set(fields),
            "__pydantic_extra__": None,
            "__pydantic_private__": None,
        }
    )
    return made


def _value(result: ResultSpec, column: str) -> Any:
    owner = result.cell if column.startswith(_CELL) else result
    return getattr(owner, column.removeprefix(_CELL))


def _json(adapter: TypeAdapter[list[Any]], value: Any) -> str:
    return adapter.dump_json([value])[1:-1].decode()
