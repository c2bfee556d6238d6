"""Results as columns of JSON, one for each field: what many results share is read once.

Thousands of results have one recipe, one environment and one list of plugins between them. As
columns these are stored and validated once, and the results share them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import from_json

from medpeft_sdk.specs import CellSpec, Estimate, ResultSpec, Spec

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
    """Returns the values of a column; raises `ValueError`.

    All but the metrics are validated; these were when they were written, and would take longest.
    """
    text = f"[{','.join(texts)}]"
    if column == "metrics":
        return _estimates(from_json(text, cache_strings="keys"))
    return columns()[column].validate_json(text)


def to_results(found: Mapping[str, Sequence[Any]]) -> list[ResultSpec]:
    """Makes results of values that they share.

    Args:
        found: Values by column, as `values` returns them; fields whose columns are missing have
            their defaults.
    """
    of_cell = {n.removeprefix(_CELL): v for n, v in found.items() if n.startswith(_CELL)}
    own = {n: v for n, v in found.items() if not n.startswith(_CELL)}
    own["cell"] = _specs(CellSpec, _rows(of_cell))
    missing = {n: f.get_default() for n, f in ResultSpec.model_fields.items() if n not in own}
    return _specs(ResultSpec, (missing | row for row in _rows(own)))


def _rows(found: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True))


def _estimates(rows: Sequence[dict[str, dict[str, Any]]]) -> list[dict[str, Estimate]]:
    """Makes the metrics of results, which no two share: there are more of them than of all else."""
    estimates = iter(_specs(Estimate, [fields for row in rows for fields in row.values()]))
    return [dict(zip(row, estimates, strict=False)) for row in rows]


def _specs(kind: type[S], rows: Iterable[dict[str, Any]]) -> list[S]:
    """Makes specs of valid values as `pydantic.BaseModel.model_construct` does, in less time."""
    new, put, names = kind.__new__, object.__setattr__, set(kind.model_fields)
    specs: list[S] = []
    for fields in rows:
        spec = new(kind)
        put(spec, "__dict__", fields)
        put(spec, "__pydantic_fields_set__", names)
        put(spec, "__pydantic_extra__", None)
        put(spec, "__pydantic_private__", None)
        specs.append(spec)
    return specs


def _value(result: ResultSpec, column: str) -> Any:
    owner = result.cell if column.startswith(_CELL) else result
    return getattr(owner, column.removeprefix(_CELL))


def _json(adapter: TypeAdapter[list[Any]], value: Any) -> str:
    return adapter.dump_json([value])[1:-1].decode()
