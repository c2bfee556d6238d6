"""What a dataset is, before any of its files is read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from medpeft_sdk.specs.base import NamedSpec
from medpeft_sdk.specs.method import Task


class DatasetSpec(NamedSpec):
    """A set of labelled images.

    Attributes:
        classes: Class names in index order; empty where only the files tell (a folder).
        group: What holds samples together that must not be parted by a split, such as
            ``patient``; ``None`` where every sample stands alone.
        access: How a user comes by it: who offers it, under which terms.
        layout: The folder tree that is read, as text for a person.
        counts: Samples per class in the complete set.
        synthetic: Whether the images are generated; shown wherever the dataset is named.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*(:.+)?$")
    title: str
    task: Task = "classification"
    classes: tuple[str, ...] = ()
    modality: str
    group: str | None = None
    licence: str
    access: str
    citation: str = ""
    layout: str = ""
    counts: dict[str, int] = {}
    synthetic: bool = False
    version: str = "1"
    kind: Literal["single_label"] = "single_label"
