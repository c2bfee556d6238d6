"""What a result is: the answer of a cell, what it cost and where it came from."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from medpeft_sdk.specs.base import Sha256, Spec
from medpeft_sdk.specs.cell import CellSpec
from medpeft_sdk.specs.costs import Costs

Status = Literal["ok", "diverged", "failed", "unsupported"]


class Estimate(Spec):
    """A number with its 95 % interval.

    Attributes:
        value: Point estimate on the whole test split; ``None`` where it is undefined.
        low: Lower end of the interval.
        high: Upper end of the interval.
        n: Test samples it rests on.
        reason: Why there is no value, where the metric failed or does not apply.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int = Field(ge=0)
    reason: str | None = None


class Subgroup(Spec):
    """Test samples that have one value of an attribute.

    Attributes:
        value: The value, such as ``female``, or a band of values, such as ``[40, 60)``.
        n: How many they are.
        reason: Why there are no metrics: too few samples, or the value is not known.
    """

    value: str
    n: int = Field(ge=0)
    metrics: dict[str, Estimate] = {}
    reason: str | None = None


class Disparity(Spec):
    """How far the subgroups of one attribute are apart in one metric.

    Attributes:
        worst_group: The subgroup with the worst value.
        worst: That value; its interval allows for having picked it as the worst.
        gap: Best minus worst value, never negative; its interval allows for having picked both.
    """

    worst_group: str
    worst: Estimate
    gap: Estimate


class Subgroups(Spec):
    """The test split, parted by one attribute.

    Attributes:
        groups: Every value that samples have, also those without metrics.
        disparities: By metric.
        reason: Why subgroups are not compared, where they are not.
    """

    groups: tuple[Subgroup, ...] = ()
    disparities: dict[str, Disparity] = {}
    reason: str | None = None


class ParameterCounts(Spec):
    """Parameters, counted three ways.

    Attributes:
        total: All parameters of the adapted network, head included.
        trainable: Parameters that receive gradients, head included.
        added: Parameters that the pretrained network did not have, head excluded.
        stored: Numbers in the saved adapter, head included.
        head: Parameters of the classifier; subtract it to compare without the head.
    """

    total: int = Field(ge=0)
    trainable: int = Field(ge=0)
    added: int = Field(ge=0)
    stored: int = Field(ge=0)
    head: int = Field(ge=0)


class Look(Spec):
    """One look at the validation split.

    Attributes:
        score: The cell's selection metric, its sign turned where it should be low; ``None`` where
            it is undefined.
    """

    step: int = Field(ge=0)
    training_loss: float
    validation_loss: float
    score: float | None


class Training(Spec):
    """How the training went.

    Attributes:
        best_step: The step whose parameters were kept, chosen on validation.
        samples: Images of the training subset.
        test_reads: How often the test split was read; always 1.
    """

    learning_rate: float = Field(gt=0)
    best_step: int = Field(ge=0)
    samples: int = Field(ge=1)
    validation_samples: int = Field(ge=1)
    looks: tuple[Look, ...]
    test_reads: int = Field(default=1, ge=1, le=1)


class Environment(Spec):
    """Where the cell ran.

    Attributes:
        deterministic: Whether a repetition here gives the same numbers bit for bit.
        versions: Distribution names and versions.
    """

    python: str
    platform: str
    device: str
    precision: str
    threads: int = Field(ge=1)
    deterministic: bool
    versions: dict[str, str]


class Origin(Spec):
    """A plugin that took part in a cell."""

    kind: str
    name: str
    distribution: str
    version: str


class ProtocolRef(Spec):
    """The protocol a result was made under."""

    name: str
    version: int
    hash: Sha256
    ruleset: str


class ResultSpec(Spec):
    """One row of the benchmark.

    Attributes:
        identity_version: Version of the rule that turns a cell into ``cell_id``.
        reason: Why there is no answer; ``None`` where ``status`` is ``ok``.
        subgroups: By attribute of the dataset.
        synthetic: Whether the images are generated.
        search: The search that chose the hyperparameters, where there was one.
        splits: Digest of which sample is in which split; ``None`` where the cell never ran.
        files: Digest of each file beside the result.
        created: UTC time of writing, ISO 8601.
    """

    identity_version: int = Field(ge=1)
    cell_id: Sha256
    cell: CellSpec
    status: Status
    reason: str | None = None
    metrics: dict[str, Estimate] = {}
    subgroups: dict[str, Subgroups] = {}
    parameters: ParameterCounts | None = None
    costs: Costs | None = None
    training: Training | None = None
    environment: Environment
    provenance: tuple[Origin, ...]
    protocol: ProtocolRef
    synthetic: bool
    search: Sha256 | None = None
    splits: Sha256 | None = None
    files: dict[str, Sha256] = {}
    sizes: dict[str, int] = {}
    created: str

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.status == "ok") != (self.reason is None):
            raise ValueError("a reason is given exactly where the status is not ok")
        return self
