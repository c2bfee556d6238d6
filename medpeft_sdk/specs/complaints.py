"""What pydantic finds wrong with a value, in words of the one who wrote it."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from medpeft_sdk.errors import SpecError, nearest

_WORDS = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "string_type": "a text",
    "string_pattern_mismatch": "a text that matches {pattern}",
    "string_too_short": "a text of at least {min_length} characters",
    "string_too_long": "a text of at most {max_length} characters",
    "literal_error": "{expected}",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "fields with names",
    "model_type": "fields with names",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
}

_ALIKE = 0.6
"""Fields are many, and far in: at less, ``search`` would be answered with ``recipe.epochs``."""


def spec_error(
    kind: str, error: ValidationError, *, where: str, spec: type[BaseModel] | None = None
) -> SpecError:
    """Turns pydantic's list of complaints into one message that names each field.

    Where the spec is given, unknown fields are answered with the nearest that it has.
    """
    errors = error.errors()
    # A list with a bad item is also reported as too short; only the item is worth saying.
    lists = {e["loc"][:end] for e in errors for end in range(len(e["loc"]))}
    name = kind.removesuffix("Spec").lower()
    complaints = [
        f"{'.'.join(map(str, e['loc'])) or name}: {_expected(e)}"
        + ("" if e["type"] == "missing" or _is_whole(e) else f" (found {e['input']!r:.60})")
        + (f"; did you mean {near}?" if (near := _meant(e, spec)) else "")
        for e in errors
        if e["loc"] not in lists or len(errors) == 1
    ]
    return SpecError(
        f"this is not a valid {name}",
        where=where,
        expected="; ".join(complaints),
        mend="correct the fields named above",
    )


def _expected(complaint: ErrorDetails) -> str:
    """Says what was expected; what a validator of ours, or a rare one of pydantic's, says stays."""
    words = _WORDS.get(complaint["type"])
    if words is None:
        return complaint["msg"].removeprefix("Value error, ")
    return words.format(**complaint.get("ctx", {}))


def _is_whole(complaint: ErrorDetails) -> bool:
    """Tells a complaint about how fields go together, which names those that matter itself."""
    return not complaint["loc"] or isinstance(complaint["input"], dict)


def _meant(complaint: ErrorDetails, spec: type[BaseModel] | None) -> str | None:
    """Returns the field that an unknown one is most like, where it is or further in."""
    if spec is None or complaint["type"] != "extra_forbidden":
        return None
    *place, name = complaint["loc"]
    for part in place:
        spec = _inner(spec, part) if spec else None
    fields = _paths(spec) if spec else {}
    near = nearest(str(name), fields, likeness=_ALIKE)
    return fields[near[0]] if near else None


def _paths(spec: type[BaseModel]) -> dict[str, str]:
    """Returns where each field is, of the spec and of those within it, by its name."""
    paths = {name: name for name in spec.model_fields}
    for outer in spec.model_fields:
        if (within := _inner(spec, outer)) is not None:
            paths = {name: f"{outer}.{path}" for name, path in _paths(within).items()} | paths
    return paths


def _inner(spec: type[BaseModel], field: str | int) -> type[BaseModel] | None:
    """Returns the spec that a field holds, if it holds one."""
    held = info.annotation if (info := spec.model_fields.get(str(field))) else None
    return held if isinstance(held, type) and issubclass(held, BaseModel) else None
