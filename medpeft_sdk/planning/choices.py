"""A protocol with a user's choices in place of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from medpeft_sdk.errors import SpecError
from medpeft_sdk.specs import ProtocolSpec

OPTIONS = {
    "methods": "--method",
    "datasets": "--dataset",
    "backbones": "--backbone",
    "subsets": "--fraction",
    "seeds": "--seed",
}
"""What a user may choose, and how the command line calls it."""

_EXAMPLES = {
    "methods": "lora",
    "datasets": "busi",
    "backbones": "timm/resnet50",
    "subsets": "16shot",
    "seeds": "0",
}


def given_choices(**choices: object) -> dict[str, tuple[Any, ...]]:
    """Returns the choices that were made, each as a tuple; raises `SpecError` of an empty one."""
    given: dict[str, tuple[Any, ...]] = {}
    for field, choice in choices.items():
        if choice is None:
            continue
        several = isinstance(choice, Iterable) and not isinstance(choice, str)
        values = cast("Iterable[Any]", choice if several else (choice,))
        given[field] = tuple(map(_plain, values))
        if not given[field]:
            raise SpecError(
                f"{field} is empty",
                where=OPTIONS[field],
                expected="one name or more",
                mend="leave it out, for those of the protocol",
            )
    return given


def _plain(value: Any) -> Any:
    """Returns a number of NumPy's or torch's as one of Python's."""
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def renamed(grid: ProtocolSpec, original: ProtocolSpec, *, hyperparameters: bool) -> ProtocolSpec:
    """Returns a changed protocol under a name and a title that do not claim to be the old one's."""
    old, new = (protocol.model_dump(mode="json") for protocol in (original, grid))
    changed = [field for field in new if field != "methods" and new[field] != old.get(field)]
    changed += ["hyperparameters"] if hyperparameters else []
    title = f"{original.name} with other {', '.join(changed)}"
    own = {"name": f"{original.name}_custom", "title": title, "description": ""}
    return grid.model_copy(update=own)


def with_choices(protocol: ProtocolSpec, given: Mapping[str, tuple[Any, ...]]) -> ProtocolSpec:
    """Returns the protocol with the user's choices in place of its own."""
    data, grid = protocol.model_dump(mode="json"), protocol
    for field, values in given.items():
        data[field] = list(values)
        grid = _changed(data, field)
    if not grid.methods:
        raise SpecError(
            "there is no method to evaluate",
            where=f"the protocol {protocol.name}, which names none",
            mend="add --method linear --method lora, or others that medpeft list methods tells",
        )
    return grid


def under_rules(protocol: ProtocolSpec, rules: Mapping[str, str | int | None]) -> ProtocolSpec:
    """Returns the protocol under other rules, which do not make it another protocol."""
    given = {name: value for name, value in rules.items() if value is not None}
    if not given:
        return protocol
    data = protocol.model_dump(mode="json")
    if given.get("ruleset") == "fixed":
        data = {k: v for k, v in data.items() if k not in rules}
    option = " ".join(f"--{name} {value}" for name, value in given.items())
    try:
        return ProtocolSpec.from_data(data | given, where=option)
    except SpecError as error:
        raise SpecError(
            "these rules cannot be played by",
            where=option,
            expected=(error.expected or "").removeprefix("protocol: "),
            mend="--ruleset tuned --trials 16, and --pruning halving if you like",
        ) from error


def _changed(data: dict[str, Any], field: str) -> ProtocolSpec:
    """Validates a protocol whose last change came from an option, which errors then name."""
    option, typed = OPTIONS[field], " ".join(map(str, data[field]))
    try:
        return ProtocolSpec.from_data(data, where=option)
    except SpecError as error:
        raise SpecError(
            f"{option} does not allow {typed}",
            where=option,
            expected=re.sub(rf"^(protocol|{field})[.\w]*: (expected )?", "", error.expected or ""),
            mend=f"write for example {option} {_EXAMPLES[field]}, and no value twice",
        ) from error
