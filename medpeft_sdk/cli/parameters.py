"""``medpeft parameters``: what methods would train, before anything is downloaded."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from medpeft_sdk.cli.console import print_json, print_table
from medpeft_sdk.cli.options import Json


def parameters(
    backbone: Annotated[
        list[str], typer.Option(help="A backbone; give it several times for several.")
    ],
    method: Annotated[
        list[str] | None, typer.Option(help="A method; all of them if none is given.")
    ] = None,
    classes: Annotated[int, typer.Option(min=1, help="Outputs of the classifier.")] = 7,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A hyperparameter.")
    ] = None,
    json: Json = False,
) -> None:
    """Count the parameters that methods train, add and store on backbones.

    Networks are built without weights: nothing is downloaded, and the largest takes seconds.
    """
    from medpeft_sdk.planning import read_settings, split_assignments
    from medpeft_sdk.registry import load_registry

    registry = load_registry()
    names = method or registry.methods.names
    specs = [registry.methods.get(name, where="--method").spec for name in names]
    settings = read_settings(split_assignments(set_ or ()), specs)
    rows = [
        _count(spec, name, classes, settings.resolve(spec)) for name in backbone for spec in specs
    ]
    if json:
        print_json({"classes": classes, "results": rows})
        return
    for name in backbone:
        of_this = [row for row in rows if row["backbone"] == name]
        print_table(
            f"{name}, {classes} class{'es' * (classes > 1)}",
            ("method", ">trainable", ">% of total", ">added", ">stored", ">head", "note"),
            [_cells(row) for row in of_this],
        )


def _count(
    spec: Any, backbone: str, classes: int, hyperparameters: dict[str, Any]
) -> dict[str, Any]:
    from medpeft_sdk import count_parameters
    from medpeft_sdk.errors import UnsupportedError

    row: dict[str, Any] = {"method": spec.name, "backbone": backbone, "reason": None}
    try:
        counts = count_parameters(spec.name, backbone, num_classes=classes, **hyperparameters)
    except UnsupportedError as error:
        return row | {"reason": error.what}
    return row | {"parameters": counts.model_dump()}


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    counts = row.get("parameters")
    if counts is None:
        return (row["method"], "", "", "", "", "", row["reason"])
    share = f"{100 * counts['trainable'] / counts['total']:.3f}"
    numbers = (f"{counts[name]:,}" for name in ("trainable", "added", "stored", "head"))
    trainable, added, stored, head = numbers
    return (row["method"], trainable, share, added, stored, head, "")
