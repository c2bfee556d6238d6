"""The installed plugins: found by their metadata, loaded one by one, each failure kept apart."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Literal

import pluggy
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pydantic import ValidationError

from medpeft_sdk import __version__
from medpeft_sdk.errors import MedpeftError, PluginError, unknown_name
from medpeft_sdk.registry import hookspecs
from medpeft_sdk.registry.catalogue import DISTRIBUTION
from medpeft_sdk.registry.settings import disabled_plugins
from medpeft_sdk.specs.complaints import spec_error

GROUP = "medpeft_sdk"
PluginStatus = Literal["found", "loaded", "disabled", "failed"]


@dataclass(frozen=True)
class Plugin:
    """One entry point of the group ``medpeft_sdk``.

    Attributes:
        name: The entry point's name.
        module: The module it names.
        status: ``found`` before any attempt at loading it.
        reason: Why it failed.
        traceback: The failure in full, for ``medpeft plugins doctor``.
    """

    name: str
    distribution: str
    version: str
    module: str
    status: PluginStatus
    reason: str | None = None
    traceback: str | None = None

    def failed(self, reason: str, error: BaseException | None = None) -> Plugin:
        """Returns the same plugin, marked as failed."""
        trace = "".join(traceback.format_exception(error)) if error else None
        return replace(self, status="failed", reason=reason, traceback=trace)


def installed_entry_points() -> tuple[EntryPoint, ...]:
    """Returns the entry points of all installed plugins, importing none of them."""
    found = {(_distribution(e), e.name): e for e in entry_points(group=GROUP)}
    return tuple(found[key] for key in sorted(found))


def find_plugins(points: Iterable[EntryPoint] | None = None) -> tuple[Plugin, ...]:
    """Lists the installed plugins from their metadata alone: no plugin is imported."""
    disabled = disabled_plugins()
    return tuple(
        _plugin(point, disabled)
        for point in (installed_entry_points() if points is None else points)
    )


def find_plugin(name: str) -> Plugin:
    """Finds an installed plugin by the name of its entry point or distribution.

    Raises:
        UnknownNameError: No installed plugin has that name.
    """
    plugins = find_plugins()
    for plugin in plugins:
        if name in (plugin.name, plugin.distribution):
            return plugin
    known = {p.name for p in plugins} | {p.distribution for p in plugins}
    raise unknown_name(
        "plugin", name, known, where="the installed plugins", lister="medpeft plugins list"
    )


def load_plugin(
    point: EntryPoint, manager: pluggy.PluginManager
) -> tuple[Plugin, ModuleType | None]:
    """Imports one plugin and registers it with pluggy; whatever goes wrong stays in its record."""
    plugin = _plugin(point, disabled_plugins())
    if plugin.status == "disabled":
        return plugin, None
    if wanted := _unmet_requirement(point):
        return plugin.failed(f"it needs {wanted}, and this is {DISTRIBUTION} {__version__}"), None
    name = f"{plugin.distribution}:{plugin.name}"
    try:
        module: ModuleType = point.load()
        _check_hooks(module)
        manager.register(module, name=name)
    # A plugin may raise anything at all when imported, SystemExit too; everything else goes on.
    except (Exception, SystemExit) as error:
        if manager.has_plugin(name):
            manager.unregister(name=name)
        return plugin.failed(sentence(error), error), None
    return replace(plugin, status="loaded"), module


def sentence(error: BaseException) -> str:
    """Says in one line what went wrong."""
    if isinstance(error, ValidationError):
        error = spec_error(error.title, error, where="the plugin")
    if isinstance(error, MedpeftError):
        return f"{error.what}; expected {error.expected}" if error.expected else error.what
    return " ".join(f"{type(error).__name__}: {error}".split())


def _check_hooks(module: ModuleType) -> None:
    for name, value in inspect.getmembers(module, inspect.isroutine):
        options = getattr(value, f"{hookspecs.PROJECT}_impl", None)
        if options is None:
            continue
        name = options["specname"] or name
        if not hasattr(getattr(hookspecs, name, None), f"{hookspecs.PROJECT}_spec"):
            raise PluginError(
                f"it implements the hook {name}, which {DISTRIBUTION} {__version__} does not have; "
                "it was built for a newer core"
            )


def _unmet_requirement(point: EntryPoint) -> str | None:
    """Returns the requirement on the core that this core does not meet.

    pip checks this when a plugin is installed, not when the core is later downgraded.
    """
    for text in (point.dist.requires if point.dist else None) or ():
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        concerns_us = canonicalize_name(requirement.name) == DISTRIBUTION and (
            requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        )
        if concerns_us and not requirement.specifier.contains(__version__, prereleases=True):
            return f"{DISTRIBUTION}{requirement.specifier}"
    return None


def _plugin(point: EntryPoint, disabled: frozenset[str]) -> Plugin:
    distribution = _distribution(point)
    off = point.name in disabled or distribution in disabled
    return Plugin(
        name=point.name,
        distribution=distribution,
        version=(point.dist and point.dist.version) or "unknown",
        module=point.value,
        status="disabled" if off else "found",
    )


def _distribution(point: EntryPoint) -> str:
    return (point.dist and point.dist.name) or "unknown"
