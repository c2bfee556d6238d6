"""``medpeft list``, ``show`` and ``schema``: what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from medpeft_sdk.cli.console import print_fields, print_json, print_table, warn
from medpeft_sdk.cli.options import Json, Kind
from medpeft_sdk.cli.protocols import print_protocol

if TYPE_CHECKING:
    from medpeft_sdk.registry import Entry


def list_(
    kind: Annotated[Kind, typer.Argument(help="What to list.")],
    json: Json = False,
) -> None:
    """List what the installed plugins offer."""
    from medpeft_sdk.registry import load_registry

    registry = load_registry()
    catalogue = registry.catalogue(kind.singular)
    if json:
        print_json(
            {
                kind.value: [_entry_data(entry) for entry in catalogue],
                "namespaces": [
                    {"prefix": n.prefix, "description": n.description, "example": n.example}
                    for n in catalogue.namespaces
                ],
                "problems": list(registry.problems),
            }
        )
        return
    rows = [(*_summary(entry), _plugin(entry)) for entry in catalogue]
    rows += [
        (f"{n.prefix}…", n.description, f"such as {n.example}", n.origin.distribution)
        for n in catalogue.namespaces
    ]
    print_table(kind.value, ("name", "title", "kind", "plugin"), rows)
    for problem in registry.problems:
        warn(problem)


def show(
    kind: Annotated[str, typer.Argument(help="method, dataset, backbone, metric, protocol …")],
    name: Annotated[
        str, typer.Argument(help="Its name, as medpeft list prints it; or a protocol's file.")
    ],
    json: Json = False,
) -> None:
    """Show everything that is known about one thing."""
    from medpeft_sdk.errors import unknown_name
    from medpeft_sdk.registry import load_registry

    kinds = {k.singular: k for k in Kind} | {k.value: k for k in Kind}
    if kind not in kinds:
        raise unknown_name("kind", kind, [k.singular for k in Kind], where="medpeft show")
    registry, singular = load_registry(), kinds[kind].singular
    if kinds[kind] is Kind.PROTOCOLS:
        print_protocol(name, registry, json=json)
        return
    entry = registry.catalogue(singular).get(name, where="medpeft show")
    if json:
        print_json(_entry_data(entry))
        return
    data = _entry_data(entry)
    hyperparameters = data.pop("hyperparameters", None)
    print_fields(f"{singular} {entry.spec.name}", data)
    if hyperparameters is not None:
        print_table(
            "hyperparameters (--set name=value)",
            ("name", "allowed", ">default", "description"),
            [
                (h.name, ", ".join(filter(None, (h.domain, h.searched))), h.default, h.description)
                for h in entry.spec.hyperparameters
            ],
        )


def schema(
    kind: Annotated[
        str, typer.Argument(help="method, dataset, backbone, metric, protocol, cell …")
    ],
) -> None:
    """Print the JSON Schema of a spec."""
    from medpeft_sdk import specs
    from medpeft_sdk.errors import unknown_name

    known = {
        "adapter": specs.AdapterSpec,
        "command": specs.CommandSpec,
        "executor": specs.ExecutorSpec,
        "method": specs.MethodSpec,
        "backbone": specs.BackboneSpec,
        "dataset": specs.DatasetSpec,
        "metric": specs.MetricSpec,
        "protocol": specs.ProtocolSpec,
        "cell": specs.CellSpec,
        "result": specs.ResultSpec,
    }
    if kind not in known:
        raise unknown_name("spec", kind, known, where="medpeft schema")
    print_json(known[kind].model_json_schema())


def _entry_data(entry: Entry[Any]) -> dict[str, Any]:
    data: dict[str, Any] = entry.spec.model_dump(mode="json")
    data["plugin"] = {"distribution": entry.origin.distribution, "version": entry.origin.version}
    return data


def _summary(entry: Entry[Any]) -> tuple[str, str, str]:
    spec = entry.spec
    kind = getattr(spec, "kind", None) or getattr(spec, "family", None) or ""
    title = spec.title
    if getattr(spec, "synthetic", False) and "synthetic" not in title.lower():
        title += " (synthetic)"
    return spec.name, title, getattr(spec, "modality", None) or kind


def _plugin(entry: Entry[Any]) -> str:
    return f"{entry.origin.distribution} {entry.origin.version}"
