"""What a method is, before any of its code is imported."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from medpeft_sdk.specs.backbone import Family
from medpeft_sdk.specs.base import Name, NamedSpec, Spec
from medpeft_sdk.specs.hyperparameters import Hyperparameter

MethodKind = Literal["selective", "additive", "reparameterised", "prompt", "baseline"]
Task = Literal["classification", "text_to_image"]
SiteKind = Literal[
    "blocks",
    "attention",
    "projections",
    "mlp",
    "norms",
    "batch_norms",
    "other_norms",
    "convs",
    "linears",
    "biases",
    "tokens",
    "sequence",
    "head",
]


class Paper(Spec):
    """Where a method comes from."""

    title: str
    year: int = Field(ge=1900, le=2100)
    url: str


class MethodSpec(NamedSpec):
    """One PEFT algorithm, or a baseline.

    Attributes:
        formula: What it computes, in one line of text.
        where: What of a network is trained or added to, in a clause.
        notes: What a reader of its card should know: how this definition differs from others, and
            where defaults come from.
        families: The backbone families it supports.
        needs: The sites it acts on; a backbone that has none of them is refused.
        learning_rate: AdamW's rate under the ``fixed`` ruleset, unless the recipe sets one.
        identity_at_initialisation: Whether the adapted network starts as the pretrained one.
        mergeable: Whether what it learnt can be folded into the pretrained weights.
        pretrained: Whether it starts from pretrained weights (only ``scratch`` does not).
        updates_batchnorm_statistics: Whether running statistics move in training; they are
            frozen otherwise.
        provenance: How sure it is that the benchmark's paper holds it: ``A`` confirmed, ``B``
            found in its authors' code, ``C`` inferred from the literature.
    """

    name: Name
    title: str
    kind: MethodKind
    formula: str
    where: str = ""
    notes: str = ""
    families: tuple[Family, ...] = Field(min_length=1)
    tasks: tuple[Task, ...] = ("classification",)
    needs: tuple[SiteKind, ...] = ()
    hyperparameters: tuple[Hyperparameter, ...] = ()
    learning_rate: float = Field(gt=0)
    identity_at_initialisation: bool
    mergeable: bool = False
    pretrained: bool = True
    updates_batchnorm_statistics: bool = False
    paper: Paper | None = None
    provenance: Literal["A", "B", "C"] | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        names = [h.name for h in self.hyperparameters]
        if len(set(names)) < len(names):
            raise ValueError(f"a hyperparameter is declared twice: {', '.join(names)}")
        return self
