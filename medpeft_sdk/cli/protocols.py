"""What ``medpeft show protocol`` tells of a protocol, registered or a file of one's own."""

from __future__ import annotations

import math
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medpeft_sdk.cli.console import print_fields, print_json
from medpeft_sdk.units import counted

if TYPE_CHECKING:
    from medpeft_sdk.registry import Registry


_AXES = ("datasets", "backbones", "subsets", "seeds")


def print_protocol(name: str, registry: Registry, *, json: bool) -> None:
    """Prints a protocol; raises as `protocol_data` does."""
    data = protocol_data(name, registry)
    if json:
        print_json(data)
        return
    counts = (counted(len(data[axis]), axis.removesuffix("s")) for axis in _AXES)
    data["cells"] = f"{data['cells']:,} a method: {' × '.join(counts)}"
    print_fields(f"protocol {data['name']}", data)


def protocol_data(name: str, registry: Registry) -> dict[str, Any]:
    """Gathers what a protocol says, which results are its, and where its file is.

    Args:
        name: A protocol's name, or a path that ends in ``.toml``.
        registry: Knows the protocols that plugins brought.

    Returns:
        Its fields; ``cells`` of one method; the ``hash`` that its results carry; and ``file`` and
        ``plugin``, as far as it has them.

    Raises:
        MedpeftError: There is no such protocol, the file is none, or it names what there is not.
    """
    from medpeft_sdk.planning import find_protocol, protocol_hash, with_full_names

    protocol = find_protocol(name, registry)
    data = protocol.model_dump(mode="json")
    data["cells"] = math.prod(len(data[axis]) for axis in _AXES)
    data["hash"] = protocol_hash(with_full_names(protocol, registry))
    if name.endswith(".toml"):
        return data | {"file": str(Path(name).absolute())}
    entry = registry.protocols.get(name)
    if entry.address is not None:
        package, _, file = entry.address.partition(":")
        data["file"] = str(files(package) / file)
    return data | {"plugin": entry.origin.model_dump(include={"distribution", "version"})}
