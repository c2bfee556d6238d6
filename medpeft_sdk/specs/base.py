"""What every spec is: strict, frozen, and the same after a trip through JSON."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from medpeft_sdk.errors import SpecError
from medpeft_sdk.specs.complaints import spec_error

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""A plain name, as a user types it: lower case, digits, underscores."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest, 64 hexadecimal digits."""

_OPTION = re.compile(r",([A-Za-z][A-Za-z0-9_]*)=")

Scalar = bool | int | float | str
"""A hyperparameter's value."""


class Spec(BaseModel):
    """Base of all specs: frozen; unknown fields are refused and types are not coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, where: str) -> Self:
        """Validates plain data, such as a parsed TOML or JSON file.

        Args:
            data: The fields, with lists for tuples, as TOML and JSON have them; a date is its text.
            where: The file or option the data came from; stands in the error.

        Raises:
            SpecError: A field is unknown, missing, of a wrong type or out of bounds.
        """
        return cls.from_json(json.dumps(data, default=str), where=where)

    @classmethod
    def from_json(cls, text: str | bytes, *, where: str) -> Self:
        """Validates a JSON document; raises and takes ``where`` as `from_data` does."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise spec_error(cls.__name__, error, where=where, spec=cls) from error

    def to_json(self) -> str:
        """Returns indented JSON that `from_json` reads back to an equal spec."""
        return self.model_dump_json(indent=2) + "\n"

    def canonical_json(self) -> str:
        """Returns JSON with sorted keys and no spaces: equal specs give equal bytes."""
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )


class NamedSpec(Spec):
    """Base of all specs that are registered and looked up by name."""

    name: str

    def variant(self, options: Mapping[str, str], *, where: str | None = None) -> Self:
        """Returns the spec with options that follow its name, as in ``name,option=value``.

        Raises:
            SpecError: There are none, which is so for most kinds of specs.
        """
        raise SpecError(
            f"'{self.name}' takes no options, and {', '.join(options)} is given",
            where=where,
            expected=f"{self.name} alone",
        )


def split_options(name: str) -> tuple[str, dict[str, str]]:
    """Splits ``name,option=value,…`` into the name and its options, in the order of their names.

    A comma that no option follows belongs to what stands before it: a path may have some.

    Raises:
        SpecError: An option is given twice.
    """
    base, *rest = _OPTION.split(name)
    options = sorted(zip(rest[::2], rest[1::2], strict=True))
    for (option, _), (following, _) in pairwise(options):
        if option == following:
            raise SpecError(
                f"the option '{option}' is given twice",
                where=name,
                expected="one value for each option",
            )
    return base, dict(options)


def can_be_shown(text: str) -> bool:
    """Tells whether a text holds no control character and nothing that is no Unicode."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
