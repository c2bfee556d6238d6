"""The built-in datasets: those of the benchmark, any of a user's own, and generated ones.

Each folder's ``SPEC`` says what a set is, or its ``NAMESPACE`` which names it answers to; its
reader is imported when a set is read.
"""

from __future__ import annotations

import importlib

from medpeft_sdk.registry import Registrar, hookimpl
from medpeft_sdk.specs import DatasetSpec

_SETS = (
    "busi",
    "fitzpatrick17k",
    "ham10000",
    "mimic_cxr",
    "phantom_chest",
    "phantom_clinical",
    "phantom_dermoscopy",
    "phantom_fundus",
    "phantom_report",
    "phantom_ultrasound",
    "rsna_pneumonia",
    "smdg",
)
_NAMESPACES = ("csv_file", "folder", "hugging_face", "medmnist")


@hookimpl
def medpeft_register_datasets(register: Registrar[DatasetSpec]) -> None:
    """Registers the built-in datasets."""
    for name in _SETS:
        module = importlib.import_module(f"{__name__}.{name}")
        register(module.SPEC, module.ADDRESS)
    for name in _NAMESPACES:
        register.namespace(**importlib.import_module(f"{__name__}.{name}").NAMESPACE)
