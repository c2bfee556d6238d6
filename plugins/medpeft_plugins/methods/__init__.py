"""The built-in methods, one folder each: what it is in ``__init__``, what it does in ``method``."""

from __future__ import annotations

from medpeft_plugins.methods import bitfit, full, linear, lora, scratch
from medpeft_sdk.registry import Registrar, hookimpl
from medpeft_sdk.specs import MethodSpec


@hookimpl
def medpeft_register_methods(register: Registrar[MethodSpec]) -> None:
    """Registers the built-in methods."""
    register(bitfit.SPEC, "medpeft_plugins.methods.bitfit.method:BitFit")
    register(full.SPEC, "medpeft_plugins.methods.full.method:Full")
    register(linear.SPEC, "medpeft_plugins.methods.linear.method:Linear")
    register(lora.SPEC, "medpeft_plugins.methods.lora.method:LoRA")
    register(scratch.SPEC, "medpeft_plugins.methods.full.method:Full")
