"""What a metric is, before any of its code is imported."""

from __future__ import annotations

from typing import Literal

from medpeft_sdk.specs.base import Name, NamedSpec
from medpeft_sdk.specs.method import Task


class MetricSpec(NamedSpec):
    """A number computed from labels and predicted probabilities.

    Attributes:
        labels: The labels it is defined for: one class a sample, or any number of classes.
        subgroups: Whether it is also reported for subgroups of the test split.
        range: Smallest and largest possible value.
    """

    name: Name
    title: str
    tasks: tuple[Task, ...] = ("classification",)
    labels: tuple[Literal["one", "any"], ...] = ("one",)
    subgroups: bool = False
    higher_is_better: bool
    range: tuple[float, float] = (0.0, 1.0)
    description: str
