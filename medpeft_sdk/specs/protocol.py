"""What a protocol is: the grid of a benchmark and the rules that make its cells comparable."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from medpeft_sdk.specs.base import Name, NamedSpec, Spec
from medpeft_sdk.specs.tuning import MOST_TRIALS, SEARCH_SEED, Pruning, Ruleset, Tuning

_SMALLEST = 1e-6
"""Fraction of a training split, one image of a million; less has no text of its own."""


def _describe_as_text(schema: dict[str, Any]) -> None:
    schema.clear()
    schema["title"] = "Subset"
    schema["description"] = "Shots per class, such as 16shot, or a fraction, such as 0.1 or 10%."
    schema["anyOf"] = [
        {"type": "string", "pattern": r"^(\d+[ -]?shots?|\d+(\.\d+)?%?)$"},
        {"type": "number", "minimum": _SMALLEST, "maximum": 1},
    ]


class Subset(Spec):
    """A part of the training split: a fraction of it, or a number of shots per class.

    Reads as text, ``16shot``, ``10%`` or ``0.1``, and writes as ``16shot`` or ``10%``.

    Attributes:
        fraction: Rounded to a ten-thousandth of a percent, so that its text is exact.
    """

    model_config = ConfigDict(json_schema_extra=_describe_as_text)

    shots: int | None = Field(default=None, ge=1)
    fraction: float | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, (str, int, float)) or isinstance(data, bool):
            return data
        text = str(data).strip()
        if match := re.fullmatch(r"(\d+)[ -]?shots?", text):
            return {"shots": int(match[1])}
        if match := re.fullmatch(r"(\d+(?:\.\d+)?)%", text):
            return {"fraction": float(match[1]) / 100}
        try:
            return {"fraction": float(text)}
        except ValueError:
            raise ValueError(
                "expected shots such as 16shot, or a fraction such as 0.1 or 10%"
            ) from None

    @field_validator("fraction")
    @classmethod
    def _rounded(cls, fraction: float | None) -> float | None:
        if fraction is None:
            return None
        if fraction < _SMALLEST:
            raise ValueError(f"expected at least {_SMALLEST:f}, which is 0.0001%")
        return round(fraction, 6)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.shots is None) == (self.fraction is None):
            raise ValueError("give either shots or a fraction")
        return self

    @model_serializer
    def _to_text(self) -> str:
        return str(self)

    def __str__(self) -> str:
        if self.shots is not None:
            return f"{self.shots}shot"
        assert self.fraction is not None
        return f"{self.fraction * 100:.6g}%"


class Recipe(Spec):
    """How a cell trains; the same for every method of a protocol.

    Attributes:
        image_size: Side of the square input, pixels; ``None`` takes the backbone's own.
        fit: How an image becomes a square: ``squash`` keeps the whole field of view, ``crop``
            cuts the centre, ``pad`` adds black.
        epochs: Passes over the subset, before the two bounds on steps apply.
        min_steps: Fewest optimiser steps, so that few-shot cells are trained at all.
        max_steps: Most optimiser steps.
        batch_size: Images per optimiser step (the effective batch, whatever fits in memory).
        learning_rate: AdamW's peak rate; ``None`` takes the method's declared default.
        head_learning_rate: Peak rate of the classifier, which starts afresh on a pretrained network
            that is trained with it; ``None`` takes the rate of the rest.
        warmup: Share of the steps over which the rate rises linearly.
        validations: How often the validation split is looked at, evenly spaced.
        patience: Looks without improvement after which training stops; ``None`` never stops.
        class_weights: Whether the loss weights classes by inverse frequency.
        augmentation: ``none``, ``flip`` (horizontal) or ``standard`` (random resized crop, flip,
            brightness and contrast).
        precision: ``auto`` is bfloat16 or float16 where the device has it, float32 elsewhere.
    """

    image_size: int | None = Field(default=None, ge=8, le=4096)
    fit: Literal["squash", "crop", "pad"] = "squash"
    epochs: int = Field(default=30, ge=1)
    min_steps: int = Field(default=100, ge=1)
    max_steps: int = Field(default=100_000, ge=1)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float | None = Field(default=None, gt=0)
    head_learning_rate: float | None = Field(default=None, gt=0)
    weight_decay: float = Field(default=1e-4, ge=0)
    warmup: float = Field(default=0.1, ge=0, lt=1)
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    validations: int = Field(default=10, ge=1)
    patience: int | None = Field(default=None, ge=1)
    class_weights: bool = False
    augmentation: Literal["none", "flip", "standard"] = "standard"
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.min_steps > self.max_steps:
            raise ValueError(
                f"min_steps {self.min_steps} is above max_steps {self.max_steps}; lower the one, "
                "or raise the other"
            )
        return self


class ProtocolSpec(NamedSpec):
    """A benchmark: what is run, and how.

    Attributes:
        ruleset: ``fixed`` takes each method's declared defaults; ``tuned`` searches.
        trials: Of each search, where the ruleset is ``tuned``.
        pruning: Of each search; see `Tuning`.
        reference: The method against which differences are reported; in a protocol as it is read,
            one of ``methods`` where there are any.
        metrics: Metrics to report; the first is the one that validation optimises.
    """

    name: Name
    version: int = Field(ge=1)
    title: str
    description: str = ""
    ruleset: Ruleset = "fixed"
    trials: Annotated[int, Field(ge=1, le=MOST_TRIALS)] | None = None
    pruning: Pruning = "none"
    methods: tuple[str, ...] = ()
    datasets: tuple[str, ...] = Field(min_length=1)
    backbones: tuple[str, ...] = Field(min_length=1)
    subsets: tuple[Subset, ...] = Field(min_length=1)
    seeds: tuple[Annotated[int, Field(ge=0, lt=SEARCH_SEED)], ...] = Field(min_length=1)
    recipe: Recipe = Recipe()
    metrics: tuple[str, ...] = Field(min_length=1)
    reference: str = "linear"

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        for field in ("methods", "datasets", "backbones", "subsets", "seeds", "metrics"):
            values = [str(v) for v in getattr(self, field)]
            if len(set(values)) < len(values):
                raise ValueError(f"{field} names something twice: {', '.join(values)}")
        if self.ruleset == "fixed" and (self.trials is not None or self.pruning != "none"):
            raise ValueError("trials and pruning are for the ruleset tuned")
        if self.ruleset == "tuned" and self.trials is None:
            raise ValueError("the ruleset tuned needs trials, such as 16")
        return self

    @model_serializer(mode="wrap")
    def _unless_fixed(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leaves the rules of searches out where there are none, as before there were any."""
        fields: dict[str, Any] = handler(self)
        left = () if self.ruleset == "tuned" else Tuning.model_fields
        return {k: v for k, v in fields.items() if k not in left}

    @property
    def tuning(self) -> Tuning | None:
        """The rules of its searches; ``None`` where there are none."""
        if self.trials is None:
            return None
        return Tuning(trials=self.trials, pruning=self.pruning)
