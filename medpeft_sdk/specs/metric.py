"""What a metric is, before any of its code is imported."""

from __future__ import annotations

from medpeft_sdk.specs.base import Name, NamedSpec
from medpeft_sdk.specs.method import Task


class MetricSpec(NamedSpec):
    """A number computed from labels and predicted probabilities.

    Attributes:
        range: Smallest and largest possible value.
    """

    name: Name
    title: str
    tasks: tuple[Task, ...] = ("classification",)
    higher_is_better: bool
    range: tuple[float, float] = (0.0, 1.0)
    description: str
