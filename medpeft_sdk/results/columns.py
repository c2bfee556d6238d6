"""Results as columns of JSON, one for each field: what many results share is read once.

Thousands of results have one recipe, one environment and one list of plugins between them. As
columns these are stored and validated once, and the results share them. What no two share are the
numbers of their metrics, which are a column of numbers.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, repeat
from typing import Annotated, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, TypeAdapter

from medpeft_sdk.specs import CellSpec, Disparity, Estimate, ResultSpec, Spec, Subgroups

S = TypeVar("S", bound=Spec)
Numbers = npt.NDArray[np.float64]
Reasons = dict[str, str | None]
"""Of each metric of a result, why it has no value."""

_CELL = "cell."
"""Each cell is another, and what it is made of is not: its fields are columns of their own."""

_NUMBERS = ("value", "low", "high", "n")
"""Fields of an estimate that are numbers; the one that is not says why there are none."""


GROUPS = "subgroups.groups"
"""Names, among fields to leave out, the metrics of each subgroup: most of what a result says."""


class Part(NamedTuple):
    """What is wanted of results.

    Attributes:
        without: Fields that are left at their defaults.
        metrics: Metrics that are wanted; all if ``None``.
    """

    without: Collection[str] = ()
    metrics: Collection[str] | None = None


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
    return found | {"metrics": TypeAdapter(list[dict[str, str | None]])}


def to_row(result: ResultSpec) -> dict[str, str]:
    """Returns the JSON of each column; of the metrics, what is not a number."""
    return {name: _json(adapter, _value(result, name)) for name, adapter in columns().items()}


def to_numbers(result: ResultSpec) -> list[float]:
    """Returns the numbers of the metrics, one after another; NaN is for what has none."""
    found = (getattr(e, name) for e in result.metrics.values() for name in _NUMBERS)
    return [math.nan if number is None else number for number in found]


def values(column: str, texts: Sequence[str], part: Part = WHOLE) -> list[Any]:
    """Returns the values of a column, as far as they are wanted; raises `ValueError`."""
    text = f"[{','.join(texts)}]"
    if column == "subgroups" and GROUPS in part.without:
        return _without_groups(_ungrouped().validate_json(text))
    return columns()[column].validate_json(text)


def to_results(
    found: Mapping[str, Sequence[Any]],
    numbers: Numbers | None = None,
    metrics: Collection[str] | None = None,
) -> list[ResultSpec]:
    """Makes results of values that they share.

    Args:
        found: Values by column, as `values` returns them; fields whose columns are missing have
            their defaults.
        numbers: Those of all their metrics, as `to_numbers` returns them.
        metrics: Metrics that are wanted; all if ``None``.

    Raises:
        ValueError: There are more or fewer numbers than their metrics have.
    """
    of_cell = {n.removeprefix(_CELL): v for n, v in found.items() if n.startswith(_CELL)}
    own = {n: v for n, v in found.items() if not n.startswith(_CELL)}
    own["cell"] = _specs(CellSpec, _rows(of_cell))
    if numbers is not None:
        rows = numbers.reshape(-1, len(_NUMBERS))
        own["metrics"] = _metrics(*_wanted(own["metrics"], rows, metrics))
    missing = {n: f.get_default() for n, f in ResultSpec.model_fields.items() if n not in own}
    own |= {name: [default] * len(own["cell"]) for name, default in missing.items()}
    return _specs(ResultSpec, _rows(own))


class _Ungrouped(BaseModel):
    """What is read of `Subgroups` where their groups are skipped."""

    disparities: dict[str, Disparity]
    reason: str | None


@cache
def _ungrouped() -> TypeAdapter[list[dict[str, _Ungrouped]]]:
    return TypeAdapter(list[dict[str, _Ungrouped]])


def _without_groups(found: Sequence[Mapping[str, _Ungrouped]]) -> list[dict[str, Subgroups]]:
    parts = _specs(
        Subgroups, ({"groups": ()} | vars(part) for row in found for part in row.values())
    )
    made = iter(parts)
    return [dict(zip(row, made, strict=False)) for row in found]


def _rows(found: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True))


def _wanted(
    reasons: Sequence[Reasons], numbers: Numbers, metrics: Collection[str] | None
) -> tuple[Sequence[Reasons], Numbers]:
    """Leaves out the metrics that are not wanted; results that shared their reasons still do."""
    if metrics is None:
        return reasons, numbers
    kept = [name in metrics for row in reasons for name in row]
    distinct = {id(row): row for row in reasons}
    parts = {at: {n: r for n, r in row.items() if n in metrics} for at, row in distinct.items()}
    return [parts[id(row)] for row in reasons], numbers[kept]


def _metrics(reasons: Sequence[Reasons], numbers: Numbers) -> list[dict[str, Estimate]]:
    """Makes the metrics of results; there are more of these estimates than of all else."""
    *intervals, n = numbers.T
    rows = zip(
        *map(_optional, intervals),
        n.astype(np.int64).tolist(),
        chain.from_iterable(row.values() for row in reasons),
        strict=True,
    )
    estimates = iter(
        _specs(
            Estimate,
            (
                {"value": value, "low": low, "high": high, "n": n, "reason": reason}
                for value, low, high, n, reason in rows
            ),
        )
    )
    return [dict(zip(row, estimates, strict=False)) for row in reasons]


def _optional(numbers: Numbers) -> Sequence[float | None]:
    found: list[float] = numbers.tolist()
    missing = bool(np.isnan(numbers).any())
    return [None if math.isnan(number) else number for number in found] if missing else found


def _specs(kind: type[S], rows: Iterable[dict[str, Any]]) -> list[S]:
    """Makes specs of valid values as `pydantic.BaseModel.model_construct` does, in less time."""
    fields = list(rows)
    specs: list[S] = list(map(kind.__new__, repeat(kind, len(fields))))
    for slot, filling in (
        ("__dict__", fields),
        ("__pydantic_fields_set__", repeat(set(kind.model_fields))),
        ("__pydantic_extra__", repeat(None)),
        ("__pydantic_private__", repeat(None)),
    ):
        fill: Callable[[S, Any], None] = vars(BaseModel)[slot].__set__
        # A map that is run for what it does takes half the time of a loop.
        deque(map(fill, specs, filling), maxlen=0)
    return specs


def _value(result: ResultSpec, column: str) -> Any:
    if column == "metrics":
        return {name: estimate.reason for name, estimate in result.metrics.items()}
    owner = result.cell if column.startswith(_CELL) else result
    return getattr(owner, column.removeprefix(_CELL))


def _json(adapter: TypeAdapter[list[Any]], value: Any) -> str:
    return adapter.dump_json([value])[1:-1].decode()
