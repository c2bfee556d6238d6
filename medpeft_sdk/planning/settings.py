"""What a user sets by ``--set name=value``: hyperparameters of methods and fields of the recipe."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union, get_args, get_origin

from medpeft_sdk.errors import SpecError, UnknownNameError, unknown_name
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
        own = recipe.model_dump(mode="json")
        typed = " ".join(f"--set {name}={value}" for name, value in self.recipe.items())
        try:
            return Recipe.from_data(own | self.recipe, where=typed)
        except SpecError as error:
            raise SpecError(
                f"the recipe does not allow {typed}",
                where="--set",
                expected=(error.expected or "").removeprefix("recipe: "),
                mend="correct it, or leave it out: the protocol has "
                + ", ".join(f"{name}={_typed(own[name])}" for name in self.recipe),
            ) from error

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
            twice = bool(equals and name.strip())
            raise SpecError(
                f"'{text}' is given twice" if twice else f"'{text}' sets nothing",
                where=option,
                expected="name=value, once for each name",
                mend=f"give one {option} {name.strip()}" if twice else f"write {option} NAME=VALUE",
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
            raise unknown_name(
                "chosen method", only, owners, where=f"--set {key}", lister="medpeft list methods"
            )
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
            raise _unknown(key, methods)
    return settings


def _unknown(key: str, methods: Sequence[MethodSpec]) -> UnknownNameError:
    """Builds the error for a setting that nobody has; after an owner, only its own are told."""
    only, _, name = key.rpartition(".")
    owner = "the recipe" if only == _RECIPE else only
    owned = {m.name: [h.name for h in m.hyperparameters] for m in methods}
    owned[_RECIPE] = list(Recipe.model_fields)
    recipes = "medpeft show protocol quick"
    listers = {"": f"medpeft show method NAME and {recipes}", _RECIPE: recipes}
    return unknown_name(
        f"setting of {owner}" if only else "setting",
        name,
        {known for of in ([only] if only else owned) for known in owned[of]},
        where=f"--set {key}",
        lister=listers.get(only, f"medpeft show method {only}"),
    )


def _typed(value: object) -> str:
    """Writes a value of the recipe as one would type it."""
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


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
