"""How things get in: hooks, the isolated and lazy loader, and lookup by name."""

from medpeft_sdk.registry.catalogue import Catalogue, Entry, Namespace, Registrar
from medpeft_sdk.registry.hookspecs import hookimpl
from medpeft_sdk.registry.plugins import Plugin, find_plugin, find_plugins
from medpeft_sdk.registry.registry import Registry, load_registry
from medpeft_sdk.registry.settings import set_disabled

__all__ = [
    "Catalogue",
    "Entry",
    "Namespace",
    "Plugin",
    "Registrar",
    "Registry",
    "find_plugin",
    "find_plugins",
    "hookimpl",
    "load_registry",
    "set_disabled",
]
