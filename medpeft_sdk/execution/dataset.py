"""From a dataset's name and the user's folder to the object that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from medpeft_sdk.data import Dataset
from medpeft_sdk.registry import Registry
from medpeft_sdk.specs import DatasetSpec


def open_dataset(spec: DatasetSpec, registry: Registry, roots: Mapping[str, str]) -> Dataset:
    """Makes the implementation of a dataset, with the folder that the user named for it."""
    implementation: type[Dataset] = registry.datasets.get(spec.name).load()
    root = roots.get(spec.name)
    return implementation(spec, Path(root) if root else None)
