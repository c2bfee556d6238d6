"""Hyperparameters as data: declared once, they validate, parse, search and document themselves."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from medpeft_sdk.errors import SpecError, nearest
from medpeft_sdk.specs.base import Name, Scalar, Spec

_TYPES: dict[str, type] = {"int": int, "float": float, "bool": bool, "str": str}
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


class Hyperparameter(Spec):
    """One hyperparameter of a method.

    Attributes:
        low: Smallest allowed value, inclusive; numbers only.
        high: Largest allowed value, inclusive; numbers only.
        choices: The only allowed values; excludes bounds.
        search: Smallest and largest value that a search samples, where these are not all that are
            allowed: what is worth trying, of a network of any size. The default is among them.
        log: Whether a search samples it on a logarithmic scale; needs ``low`` above zero.
        source: Where the default comes from.
    """

    name: Name
    type: Literal["int", "float", "bool", "str"]
    default: Scalar
    low: float | None = None
    high: float | None = None
    choices: tuple[Scalar, ...] | None = None
    search: tuple[float, float] | None = None
    log: bool = False
    description: str = Field(min_length=1)
    source: str | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        bounded = self.low is not None or self.high is not None
        if bounded and self.type not in ("int", "float"):
            raise ValueError("bounds are for numbers; give choices instead")
        if bounded and self.choices is not None:
            raise ValueError("give bounds or choices, not both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        if self.search is not None:
            self._check_search(*self.search)
        if self.log and (self.low is None or self.low <= 0):
            raise ValueError("a logarithmic scale needs low above zero")
        for choice in self.choices or ():
            if not self._has_type(choice):
                raise ValueError(f"choice {choice!r}: expected {self.type}")
        complaint = self._complaint(self.default)
        if complaint:
            raise ValueError(f"default {self.default!r}: expected {complaint}")
        return self

    def _check_search(self, low: float, high: float) -> None:
        if self.low is None or self.high is None:
            raise ValueError("a search is for numbers that have bounds")
        if not self.low <= low < high <= self.high:
            raise ValueError(f"search ({low:g}, {high:g}): expected a part of {self.domain}")
        if isinstance(self.default, (int, float)) and not low <= self.default <= high:
            raise ValueError(f"search ({low:g}, {high:g}): expected the default to be inside")

    @property
    def domain(self) -> str:
        """The allowed values in words, such as ``int in [1, 256]``."""
        if self.choices is not None:
            return "one of " + ", ".join(map(str, self.choices))
        if self.low is None and self.high is None:
            return self.type
        low = "-inf" if self.low is None else f"{self.low:g}"
        high = "inf" if self.high is None else f"{self.high:g}"
        return f"{self.type} in [{low}, {high}]"

    @property
    def searched(self) -> str | None:
        """What a search samples, in words; ``None`` where that is all that is allowed."""
        return self.search and f"searched in [{self.search[0]:g}, {self.search[1]:g}]"

    def check(self, value: Scalar, *, where: str) -> Scalar:
        """Returns the value in the declared type.

        Raises:
            SpecError: The value has another type or is not allowed.
        """
        complaint = self._complaint(value)
        if complaint:
            near = nearest(str(value), map(str, self.choices or ()))
            raise SpecError(
                f"{self.name} = {value!r} is not allowed",
                where=where,
                expected=complaint,
                mend=f"did you mean {near[0]}?" if near else self._default,
            )
        return float(value) if self.type == "float" else value

    def parse(self, text: str, *, where: str) -> Scalar:
        """Reads a value as typed on a command line; raises as `check` does."""
        try:
            value: Scalar = (
                _BOOLEANS[text.lower()] if self.type == "bool" else _TYPES[self.type](text)
            )
        except (ValueError, KeyError):
            raise SpecError(
                f"{self.name} = '{text}' is not a value of type {self.type}",
                where=where,
                expected=self.domain,
                mend=self._default,
            ) from None
        return self.check(value, where=where)

    @property
    def _default(self) -> str:
        return f"leave it out for its default, {self.default!r}"

    def _complaint(self, value: Scalar) -> str | None:
        if not self._has_type(value):
            return self.domain
        if self.choices is not None:
            return None if value in self.choices else self.domain
        if isinstance(value, (int, float)):
            inside = (self.low is None or value >= self.low) and (
                self.high is None or value <= self.high
            )
            return None if inside else self.domain
        return None

    def _has_type(self, value: Scalar) -> bool:
        if isinstance(value, bool) or self.type == "bool":
            return isinstance(value, bool) and self.type == "bool"
        if isinstance(value, float) and not math.isfinite(value):
            return False
        return isinstance(value, (int, float) if self.type == "float" else _TYPES[self.type])


def resolve(
    declared: Sequence[Hyperparameter], given: Mapping[str, Scalar], *, where: str
) -> dict[str, Scalar]:
    """Returns every declared hyperparameter with its given or default value.

    Raises:
        SpecError: A given name is not declared, or its value is not allowed.
    """
    by_name = {h.name: h for h in declared}
    for name in given:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1)
            raise SpecError(
                f"there is no hyperparameter '{name}'",
                where=where,
                expected=", ".join(by_name) or "no hyperparameter at all",
                mend=f"did you mean {near[0]}?" if near else None,
            )
    return {name: h.check(given.get(name, h.default), where=where) for name, h in by_name.items()}
