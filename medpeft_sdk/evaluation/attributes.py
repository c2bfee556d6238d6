"""From the values of an attribute to the samples that are looked at together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from medpeft_sdk.errors import DataError

MOST_VALUES = 12
"""An attribute with more values than this is cut into bands where it is a number."""

MOST_BANDS = 6
UNKNOWN = "unknown"

_UNKNOWN = frozenset({"", "?", "na", "n/a", "nan", "none", "null", UNKNOWN})
_OUTER = (0.01, 0.99)


def part(values: Sequence[str]) -> dict[str, npt.NDArray[np.int64]]:
    """Parts samples by the value of an attribute.

    Up to `MOST_VALUES` values stay as they are. More of them are cut into at most `MOST_BANDS`
    bands where all are numbers, such as ages: bands of one width, the smallest of 1, 2 or 5 times
    a power of ten that gives so few for the middle 98 % of the samples; the outer two are open.

    Args:
        values: One a sample.

    Returns:
        The rows of each value or band, in ascending order; those of `UNKNOWN` last.

    Raises:
        DataError: There are too many values, and they are no numbers.
    """
    stripped = [value.strip() for value in values]
    known = {row: v for row, v in enumerate(stripped) if v.lower() not in _UNKNOWN}
    distinct = sorted(set(known.values()), key=lambda v: (_number(v), v))
    if len(distinct) <= MOST_VALUES:
        names = known
    elif all(math.isfinite(_number(value)) for value in distinct):
        distinct, names = _bands(known)
    else:
        raise DataError(
            f"it has {len(distinct)} values",
            expected=f"at most {MOST_VALUES}, or numbers",
        )
    rows: dict[str, list[int]] = {name: [] for name in (*distinct, UNKNOWN)}
    for row in range(len(values)):
        rows[names.get(row, UNKNOWN)].append(row)
    return {name: np.array(found, dtype=np.int64) for name, found in rows.items() if found}


def _number(value: str) -> float:
    """Reads a number; infinity for what is none."""
    try:
        number = float(value)
    except ValueError:
        return math.inf
    return number if math.isfinite(number) else math.inf


def _bands(known: dict[int, str]) -> tuple[list[str], dict[int, str]]:
    """Returns the names of the bands in ascending order, and that of each row."""
    numbers = np.array([_number(value) for value in known.values()])
    edges = _edges(numbers)
    told = [str(edge).removesuffix(".0") for edge in edges]
    names = [
        f"< {told[0]}",
        *(f"[{low}, {high})" for low, high in pairwise(told)),
        f"≥ {told[-1]}",
    ]
    places = np.digitize(numbers, edges).tolist()
    return names, {row: names[place] for row, place in zip(known, places, strict=True)}


def _edges(numbers: npt.NDArray[np.float64]) -> list[float]:
    """Finds the bounds between bands: multiples of one round width."""
    low, high = np.quantile(numbers, _OUTER)
    if low == high:
        low, high = numbers.min(), numbers.max()
    power = math.floor(math.log10(high - low)) - 1
    while True:
        for digit in (1, 2, 5):
            width = digit * 10.0**power
            first, last = math.floor(low / width) + 1, math.ceil(high / width) - 1
            if last - first + 2 <= MOST_BANDS:
                return [round(count * width, -power) for count in range(first, last + 1)]
        power += 1
