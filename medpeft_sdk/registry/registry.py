"""One place to ask: everything that the installed plugins registered, and how loading went."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable
from importlib.metadata import EntryPoint
from typing import Any

import pluggy

from medpeft_sdk.errors import PluginError
from medpeft_sdk.registry import hookspecs
from medpeft_sdk.registry.catalogue import Catalogue, Registrar
from medpeft_sdk.registry.plugins import Plugin, installed_entry_points, load_plugin, sentence
from medpeft_sdk.specs import (
    BackboneSpec,
    CellSpec,
    CommandSpec,
    DatasetSpec,
    ExecutorSpec,
    MethodSpec,
    MetricSpec,
    NamedSpec,
    ProtocolSpec,
    ResultSpec,
    Spec,
)

_KINDS: dict[str, type[NamedSpec]] = {
    "method": MethodSpec,
    "backbone": BackboneSpec,
    "dataset": DatasetSpec,
    "metric": MetricSpec,
    "protocol": ProtocolSpec,
    "executor": ExecutorSpec,
    "command": CommandSpec,
}


class Registry:
    """The loaded plugins and what they registered.

    Attributes:
        plugins: Every installed plugin, with its status and, where it failed, the reason.
    """

    def __init__(self, points: Iterable[EntryPoint] | None = None) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self.methods: Catalogue[MethodSpec] = Catalogue("method")
        self.backbones: Catalogue[BackboneSpec] = Catalogue("backbone")
        self.datasets: Catalogue[DatasetSpec] = Catalogue("dataset")
        self.metrics: Catalogue[MetricSpec] = Catalogue("metric")
        self.protocols: Catalogue[ProtocolSpec] = Catalogue("protocol")
        self.executors: Catalogue[ExecutorSpec] = Catalogue("executor")
        self.commands: Catalogue[CommandSpec] = Catalogue("command")
        self.plugins: tuple[Plugin, ...] = tuple(
            self._load(point) for point in (installed_entry_points() if points is None else points)
        )

    def catalogue(self, kind: str) -> Catalogue[Any]:
        """Returns the catalogue of a kind, such as ``method``."""
        catalogue: Catalogue[Any] = getattr(self, f"{kind}s")
        return catalogue

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each plugin that failed and each name that is claimed twice."""
        failed = [
            f"plugin {p.name} ({p.distribution} {p.version}) was not loaded: {p.reason}"
            for p in self.plugins
            if p.status == "failed"
        ]
        return (*failed, *(conflict.what for conflict in self.conflicts))

    @property
    def conflicts(self) -> tuple[PluginError, ...]:
        """One error for each name, of whatever kind, that several plugins claim."""
        return tuple(c for kind in _KINDS for c in self.catalogue(kind).conflicts)

    def cell_started(self, cell: CellSpec) -> None:
        """Tells every plugin that a cell starts; one that raises is warned about."""
        self._tell("medpeft_cell_started", cell=cell)

    def cell_finished(self, result: ResultSpec) -> None:
        """Tells every plugin that a cell has its result; one that raises is warned about."""
        self._tell("medpeft_cell_finished", result=result)

    def _tell(self, hook: str, **what: Spec) -> None:
        plugins = self._manager.get_plugins()
        for plugin in plugins:
            try:
                self._manager.subset_hook_caller(hook, plugins - {plugin})(**what)
            # The cell is not the tracker's to lose.
            except Exception as error:
                name = self._manager.get_name(plugin)
                warnings.warn(f"{hook} of plugin {name}: {sentence(error)}", stacklevel=3)

    def _load(self, point: EntryPoint) -> Plugin:
        plugin, module = load_plugin(point, self._manager)
        if module is None:
            return plugin
        registrars = {
            kind: Registrar(kind, spec, plugin.distribution, plugin.version)
            for kind, spec in _KINDS.items()
        }
        try:
            for kind, registrar in registrars.items():
                others = self._manager.get_plugins() - {module}
                hook = self._manager.subset_hook_caller(f"medpeft_register_{kind}s", others)
                hook(register=registrar)
        # Whatever a plugin does wrong is its own failure: none of its registrations is kept.
        except (Exception, SystemExit) as error:
            self._manager.unregister(module)
            return plugin.failed(sentence(error), error)
        for kind, registrar in registrars.items():
            for item in registrar.items:
                self.catalogue(kind).add(item)
        return plugin


@functools.cache
def load_registry() -> Registry:
    """Loads all installed plugins, once in a process."""
    return Registry()
