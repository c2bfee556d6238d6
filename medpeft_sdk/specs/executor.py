"""What an executor is, before any of its code is imported."""

from __future__ import annotations

from medpeft_sdk.specs.base import Name, NamedSpec


class ExecutorSpec(NamedSpec):
    """A place where bundles run.

    Attributes:
        parallel: Whether it has several workers.
    """

    name: Name
    title: str
    description: str
    parallel: bool = True
