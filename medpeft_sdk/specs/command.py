"""What a plugin's own command group is, before any of its code is imported."""

from __future__ import annotations

from pydantic import Field

from medpeft_sdk.specs.base import NamedSpec


class CommandSpec(NamedSpec):
    """A Typer application that a plugin adds as ``medpeft <name>``."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
