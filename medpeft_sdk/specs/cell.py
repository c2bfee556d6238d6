"""What a cell is: one training run with one answer."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from medpeft_sdk.specs.base import Scalar, Sha256, Spec
from medpeft_sdk.specs.method import Task
from medpeft_sdk.specs.protocol import Recipe, Subset
from medpeft_sdk.specs.tuning import Tuning


class DatasetRef(Spec):
    """A dataset as a cell knows it.

    Attributes:
        fingerprint: Digest of its table of samples.
        content: Digest of what is in the files of its images; ``None`` where they are generated or
            come from no files of their own.
        skipped: Ids of images that cannot be read and were left out, as the user asked.
    """

    name: str
    fingerprint: Sha256
    content: Sha256 | None = None
    skipped: tuple[str, ...] = ()

    @model_serializer(mode="wrap")
    def _unless_empty(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leaves out what is empty: without ``skipped``, cells are the same with either policy."""
        fields: dict[str, Any] = handler(self)
        return {k: v for k, v in fields.items() if v or k not in ("content", "skipped")}


class BackboneRef(Spec):
    """A backbone as a cell knows it: its name and what identifies its weights."""

    name: str
    weights: str | None


class CellSpec(Spec):
    """Everything that can change the answer of one training run, and nothing else.

    Attributes:
        selection_metric: The metric by which the validation split chooses the checkpoint.
        tuning: The search that chose the hyperparameters and the learning rate; ``None`` where
            they were given. Two cells that differ in nothing else are told apart all the same:
            their answers do not belong in one table.
    """

    task: Task = "classification"
    dataset: DatasetRef
    subset: Subset
    backbone: BackboneRef
    method: str
    hyperparameters: dict[str, Scalar] = {}
    seed: int = Field(ge=0, lt=2**63)
    recipe: Recipe
    selection_metric: str
    tuning: Tuning | None = None

    @model_serializer(mode="wrap")
    def _unless_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leaves ``tuning`` out where there was no search, as before there were any."""
        fields: dict[str, Any] = handler(self)
        return fields if self.tuning else {k: v for k, v in fields.items() if k != "tuning"}
