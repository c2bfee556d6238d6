"""The built-in methods, one folder each.

A folder's ``__init__`` holds what the method is, ``SPEC``, and where its implementation is,
``ADDRESS``, and imports no tensor library; its ``method`` holds what it does.
"""

from __future__ import annotations

from importlib import import_module

from medpeft_sdk.registry import Registrar, hookimpl
from medpeft_sdk.specs import MethodSpec

_NAMES = (
    "adapter",
    "adaptformer",
    "attention",
    "batchnorm",
    "bitfit",
    "boft",
    "compacter",
    "convpass",
    "difffit",
    "dora",
    "fact_tk",
    "fact_tt",
    "full",
    "ia3",
    "layernorm",
    "linear",
    "loha",
    "lokr",
    "lora",
    "norm_bias",
    "norm_bias_attention",
    "oft",
    "partial",
    "repadapter",
    "scratch",
    "sidetune",
    "ssf",
    "svdiff",
    "tsa",
    "vera",
    "vpt_deep",
    "vpt_shallow",
)


@hookimpl
def medpeft_register_methods(register: Registrar[MethodSpec]) -> None:
    """Registers the built-in methods."""
    for name in _NAMES:
        module = import_module(f"{__name__}.{name}")
        register(module.SPEC, module.ADDRESS)
