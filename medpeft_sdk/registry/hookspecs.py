"""The hooks that a plugin may implement.

A plugin is a module, named in the entry-point group ``medpeft_sdk``, with functions marked
`hookimpl`. Registration hooks are handed ``register``; they call it with a spec and the address
of the implementation, ``"package.module:Name"``, which is imported only when it is needed.
"""

from __future__ import annotations

import pluggy

from medpeft_sdk.registry.catalogue import Registrar
from medpeft_sdk.specs import (
    BackboneSpec,
    CellSpec,
    DatasetSpec,
    ExecutorSpec,
    MethodSpec,
    MetricSpec,
    ProtocolSpec,
    ResultSpec,
)
from medpeft_sdk.specs.command import CommandSpec

PROJECT = "medpeft_sdk"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def medpeft_register_methods(register: Registrar[MethodSpec]) -> None:
    """Registers methods; each address names a `medpeft_sdk.adaptation.Method`."""


@hookspec
def medpeft_register_backbones(register: Registrar[BackboneSpec]) -> None:
    """Registers backbones; each address names a `medpeft_sdk.anatomy.BackboneBuilder`."""


@hookspec
def medpeft_register_datasets(register: Registrar[DatasetSpec]) -> None:
    """Registers datasets; each address names a `medpeft_sdk.data.Dataset`."""


@hookspec
def medpeft_register_metrics(register: Registrar[MetricSpec]) -> None:
    """Registers metrics; each address names a `medpeft_sdk.evaluation.Metric`."""


@hookspec
def medpeft_register_protocols(register: Registrar[ProtocolSpec]) -> None:
    """Registers protocols; an address is the file that one was read from, ``"package:file"``."""


@hookspec
def medpeft_register_executors(register: Registrar[ExecutorSpec]) -> None:
    """Registers executors; each address names a `medpeft_sdk.execution.Executor`."""


@hookspec
def medpeft_register_commands(register: Registrar[CommandSpec]) -> None:
    """Registers command groups; each address names a `typer.Typer`."""


@hookspec
def medpeft_cell_started(cell: CellSpec) -> None:
    """Is called in the worker when a cell starts."""


@hookspec
def medpeft_cell_finished(result: ResultSpec) -> None:
    """Is called in the worker when the result of a cell has been written."""
