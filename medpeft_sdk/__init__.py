"""A plugin-based benchmark of parameter-efficient fine-tuning for medical imaging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from medpeft_sdk.adapters import adapt, count_parameters, load_adapter, load_backbone
    from medpeft_sdk.api import evaluate
    from medpeft_sdk.errors import MedpeftError
    from medpeft_sdk.recommendation import recommend
    from medpeft_sdk.registry import hookimpl

_EXPORTS = {
    "MedpeftError": "medpeft_sdk.errors",
    "adapt": "medpeft_sdk.adapters",
    "count_parameters": "medpeft_sdk.adapters",
    "evaluate": "medpeft_sdk.api",
    "hookimpl": "medpeft_sdk.registry",
    "load_adapter": "medpeft_sdk.adapters",
    "load_backbone": "medpeft_sdk.adapters",
    "recommend": "medpeft_sdk.recommendation",
}

__all__ = [
    "MedpeftError",
    "__version__",
    "adapt",
    "count_parameters",
    "evaluate",
    "hookimpl",
    "load_adapter",
    "load_backbone",
    "recommend",
]


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first used, so that importing the package stays light."""
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
