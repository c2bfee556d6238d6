"""What a user sets by ``--set name=value``: hyperparameters of methods and fields of the recipe."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union, get_args, get_origin

from medpeft_sdk.errors import SpecError, unknown_name
from medpeft_sdk.specs import MethodSpec, Recipe, Scalar, resolve

_RECIPE = "recipe"
"""The table of a protocol's file that holds the recipe's fields."""


@dataclass(frozen=True)
class Settings:
    """What was set, by whom it concerns.

    Attributes:
        recipe: Fields of the recipe.
        hyperparameters: For each method, the values given for it.
    """

    recipe: dict[str, Any] = field(default_factory=dict[str, Any])
    hyperparameters: dict[str, dict[str, Scalar]] = field(
        default_factory=dict[str, dict[str, Scalar]]
    )

    def apply(self, recipe: Recipe) -> Recipe:
        """Returns the recipe with the set fields; raises `SpecError` for a value it refuses."""
        return Recipe.from_data(recipe.model_dump(mode="json") | self.recipe, where="--set")

    def resolve(self, method: MethodSpec) -> dict[str, Scalar]:
        """Returns all hyperparameters of a method, set or default."""
        given = self.hyperparameters.get(method.name, {})
        return resolve(method.hyperparameters, given, where=f"--set, for {method.name}")


def split_assignments(assignments: Iterable[str], *, option: str = "--set") -> dict[str, str]:
    """Splits ``name=value`` texts, as given to an option of the command line.

    Raises:
        SpecError: There is no ``=``, or a name is given twice.
    """
    values: dict[str, str] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or name.strip() in values:
            raise SpecError(
                f"'{text}' is given twice" if equals and name.strip() else f"'{text}' sets nothing",
                where=option,
                expected="name=value, once for each name",
            )
        values[name.strip()] = value.strip()
    return values


def read_settings(given: Mapping[str, str | Scalar], methods: Sequence[MethodSpec]) -> Settings:
    """Assigns each setting to the methods that declare it, or to the recipe.

    ``rank=16`` concerns every chosen method that has a rank, ``lora.rank=16`` only one, and
    ``recipe.epochs=5``, or ``epochs=5`` where no method has any, the recipe.

    Raises:
        SpecError: A value has the wrong type or is out of bounds.
        UnknownNameError: Neither a chosen method nor the recipe has the name.
    """
    settings = Settings()
    owners = (*(m.name for m in methods), _RECIPE)
    for key, value in given.items():
        only, _, name = key.rpartition(".")
        if only and only not in owners:
            raise unknown_name("chosen method", only, owners, where=f"--set {key}")
        taken = False
        for method in methods:
            declared = {h.name: h for h in method.hyperparameters}.get(name)
            if declared is None or (only and only != method.name):
                continue
            where = f"--set {key}, for {method.name}"
            parsed = (
                declared.parse(value, where=where)
                if isinstance(value, str)
                else declared.check(value, where=where)
            )
            settings.hyperparameters.setdefault(method.name, {})[name] = parsed
            taken = True
        if not taken and only in ("", _RECIPE) and name in Recipe.model_fields:
            settings.recipe[name] = _plain(value, Recipe.model_fields[name].annotation)
            taken = True
        if not taken:
            names = {h.name for m in methods for h in m.hyperparameters} | set(Recipe.model_fields)
            raise unknown_name("setting", key, names, where=f"--set {key}")
    return settings


def _plain(value: str | Scalar, annotation: Any) -> Any:
    """Turns typed text into the plain value that validation expects for a field."""
    if not isinstance(value, str):
        return value
    options = get_args(annotation) if _is_union(annotation) else (annotation,)
    if type(None) in options and value.lower() == "none":
        return None
    if bool in options:
        return {"true": True, "false": False}.get(value.lower(), value)
    for kind in (int, float):
        if kind in options:
            try:
                return kind(value)
            except ValueError:
                pass
    return value


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)
