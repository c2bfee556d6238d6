"""What a search is: the rules that are the same for every method, one search, and its trials."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from medpeft_sdk.specs.base import Scalar, Sha256, Spec
from medpeft_sdk.specs.cell import BackboneRef, CellSpec, DatasetRef
from medpeft_sdk.specs.hyperparameters import Hyperparameter
from medpeft_sdk.specs.method import Task
from medpeft_sdk.specs.protocol import Recipe, Subset
from medpeft_sdk.specs.result import Environment, Look
from medpeft_sdk.specs.tuning import SEARCH_SEED, Pruning

TrialStatus = Literal["ok", "pruned", "diverged", "failed", "unsupported"]


class Dimension(Spec):
    """One number or choice that a search varies; the meaning is that of `Hyperparameter`."""

    name: str
    type: Literal["int", "float", "bool", "str"]
    low: float | None = None
    high: float | None = None
    choices: tuple[Scalar, ...] | None = None
    log: bool = False

    @classmethod
    def of(cls, declared: Hyperparameter) -> Dimension | None:
        """Returns what can be varied of a hyperparameter; ``None`` where it lacks a bound."""
        choices = (False, True) if declared.type == "bool" else declared.choices
        if choices is None and (declared.low is None or declared.high is None):
            return None
        low, high = declared.search or (declared.low, declared.high)
        return cls(
            name=declared.name,
            type=declared.type,
            low=low,
            high=high,
            choices=choices,
            log=declared.log,
        )


LEARNING_RATE = Dimension(name="recipe.learning_rate", type="float", low=1e-5, high=1e-1, log=True)
"""The range of AdamW's peak rate, which is common to all methods; a default may lie outside."""


class SearchSpec(Spec):
    """All that decides which trials are run, and nothing else; how many are is the ruleset's.

    Attributes:
        hyperparameters: All of the method, with their values in the first trial.
        learning_rate: That of the first trial.
        space: What is varied, the learning rate first unless it is set.
        recipe: How a trial trains, but for its learning rate.
        selection_metric: The metric by which the validation split chooses.
    """

    task: Task = "classification"
    dataset: DatasetRef
    subset: Subset
    backbone: BackboneRef
    method: str
    hyperparameters: dict[str, Scalar] = {}
    learning_rate: float = Field(gt=0)
    space: tuple[Dimension, ...] = Field(min_length=1)
    recipe: Recipe
    selection_metric: str
    pruning: Pruning

    def cell(self, values: dict[str, Scalar]) -> CellSpec:
        """Returns what a trial trains.

        Args:
            values: Of the space, by name.
        """
        rate = values.get(LEARNING_RATE.name, self.learning_rate)
        own = {name: values.get(name, value) for name, value in self.hyperparameters.items()}
        return CellSpec(
            task=self.task,
            dataset=self.dataset,
            subset=self.subset,
            backbone=self.backbone,
            method=self.method,
            hyperparameters=own,
            seed=SEARCH_SEED,
            recipe=self.recipe.model_copy(update={"learning_rate": rate}),
            selection_metric=self.selection_metric,
        )

    @property
    def first(self) -> dict[str, Scalar]:
        """The values of the first trial, in the order of the space."""
        start: dict[str, Scalar] = {LEARNING_RATE.name: self.learning_rate, **self.hyperparameters}
        return {dimension.name: start[dimension.name] for dimension in self.space}


class Refused(Spec):
    """A draw that the method has no room for on this backbone; nothing was trained."""

    values: dict[str, Scalar]
    reason: str


class TrialSpec(Spec):
    """One training run of a search; it never saw the test split.

    Attributes:
        number: From 0.
        values: What was drawn, by name.
        reason: Why there is no score, or why it ended early; ``None`` where ``status`` is ``ok``.
        score: The best of the looks, its sign turned where the metric should be low; ``None``
            where there is none.
        validation_loss: That of the best look, which decides between equal scores.
        steps: Optimiser steps taken.
        seconds: Wall time, on the machine of ``environment``.
        refused: What was drawn before, and not trained.
        synthetic: Whether the images are generated.
        created: UTC time of writing, ISO 8601.
    """

    search: Sha256
    number: int = Field(ge=0)
    values: dict[str, Scalar]
    status: TrialStatus
    reason: str | None = None
    score: float | None = None
    validation_loss: float | None = None
    looks: tuple[Look, ...] = ()
    steps: int = Field(ge=0)
    seconds: float = Field(ge=0)
    refused: tuple[Refused, ...] = ()
    synthetic: bool
    environment: Environment
    created: str

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.status == "ok") != (self.reason is None):
            raise ValueError("a reason is given exactly where the status is not ok")
        return self
