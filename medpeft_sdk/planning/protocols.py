"""Protocols by their names, or from TOML files that may build upon another."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from medpeft_sdk.errors import SpecError, unknown_name
from medpeft_sdk.planning.identity import protocol_hash
from medpeft_sdk.registry import Registry
from medpeft_sdk.specs import ProtocolSpec, Tuning

_OWN = {"name", "version", "title", "description"}
"""What a protocol says of itself, and does not take from the one that it extends."""


def find_protocol(name: str, registry: Registry) -> ProtocolSpec:
    """Returns a registered protocol, or reads one from a TOML file.

    A file with ``extends = "full"``, or the path of another file, relative to its own, takes from
    there whatever it does not say itself; of the recipe, field by field.

    Args:
        name: A protocol's name, or a path that ends in ``.toml``.
        registry: Knows the protocols that plugins brought.

    Raises:
        UnknownNameError: There is neither, or its reference is none of the methods that it names.
        SpecError: The file is not a protocol, extends itself, or takes the name and
            version of a registered one and says other things.
    """
    if not name.endswith(".toml"):
        return registry.protocols.get(name, where="--protocol").spec
    protocol = _read(Path(name), registry, ())
    _check_name(protocol, registry, where=name)
    _check_reference(protocol, where=name)
    return protocol


def with_full_names(protocol: ProtocolSpec, registry: Registry) -> ProtocolSpec:
    """Returns a protocol with the names that results carry, such as timm's with their tags.

    Raises:
        MedpeftError: A dataset or a backbone is not known.
    """
    catalogues = {"datasets": registry.datasets, "backbones": registry.backbones}
    return protocol.model_copy(
        update={
            field: tuple(
                catalogue.get(name, where=f"the {field} of the protocol {protocol.name}").spec.name
                for name in getattr(protocol, field)
            )
            for field, catalogue in catalogues.items()
        }
    )


def _check_name(protocol: ProtocolSpec, registry: Registry, *, where: str) -> None:
    """Refuses a file that would pass for a registered protocol, which it is not.

    One of another version may be what an earlier release had under that name.
    """
    if protocol.name not in registry.protocols.names:
        return
    registered = registry.protocols.get(protocol.name).spec
    same_version = protocol.version == registered.version
    if same_version and protocol_hash(protocol) != protocol_hash(registered):
        raise SpecError(
            f"the protocol calls itself '{protocol.name}', and is not the one of that name",
            where=where,
            expected=f"what version {registered.version} of it says, or a name of its own",
            mend="give it another name",
        )


def _check_reference(protocol: ProtocolSpec, *, where: str) -> None:
    """Refuses a reference that would never be run."""
    if protocol.methods and protocol.reference not in protocol.methods:
        raise unknown_name(
            "method of the protocol",
            protocol.reference,
            protocol.methods,
            where=f"the reference of the protocol {where}",
            mend=f'add "{protocol.reference}" to its methods, or name one of them as its reference',
        )


def _read(file: Path, registry: Registry, above: tuple[Path, ...]) -> ProtocolSpec:
    """Reads a file; ``above`` are those that extend it, one by way of the other."""
    try:
        data = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise SpecError(
            f"the protocol cannot be read: {getattr(error, 'strerror', None) or error}",
            where=str(file),
            expected="a TOML file with the fields that medpeft schema protocol tells",
            mend="correct the path, or give a name that medpeft list protocols tells"
            if isinstance(error, FileNotFoundError)
            else "correct the file; medpeft show protocol quick tells where that of another is",
        ) from error
    above = (*above, file.resolve())
    if (base := data.pop("extends", None)) is not None:
        data = _extended(_base(base, file, registry, above), data)
    return ProtocolSpec.from_data(data, where=str(file))


def _base(base: object, file: Path, registry: Registry, above: tuple[Path, ...]) -> ProtocolSpec:
    if not isinstance(base, str):
        raise SpecError(
            f"extends is {base!r}",
            where=str(file),
            expected="the name of one protocol, or the path of a TOML file",
        )
    if not base.endswith(".toml"):
        return registry.protocols.get(base, where=f"extends, in {file}").spec
    other = file.parent / base
    if other.resolve() in above:
        raise SpecError(
            "the protocol extends itself",
            where=" → ".join(p.name for p in (*above, other)),
            expected="a protocol that ends the chain",
            mend="remove one extends",
        )
    return _read(other, registry, above)


def _extended(base: ProtocolSpec, data: dict[str, Any]) -> dict[str, Any]:
    left = set(Tuning.model_fields) if data.get("ruleset") == "fixed" else set[str]()
    inherited = base.model_dump(mode="json", exclude=_OWN | left)
    if isinstance(recipe := data.get("recipe"), dict):
        data = data | {"recipe": inherited["recipe"] | recipe}
    return inherited | data
