"""What methods cost, read from results, on the ground that their scores stand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from medpeft_sdk.analysis.scores import Gap, Scores, number, place
from medpeft_sdk.errors import DataError, unknown_name
from medpeft_sdk.specs import ResultSpec, Spec
from medpeft_sdk.units import counted

Unit = Literal["parameters", "bytes", "seconds", "operations"]


@dataclass(frozen=True)
class Cost:
    """One thing that a method costs; less is better.

    Attributes:
        name: As the command line takes it.
        title: What it is.
        unit: What it is counted in.
        path: Where a result holds it.
        portable: Whether it is the same on every machine.
    """

    name: str
    title: str
    unit: Unit
    path: str
    portable: bool = False

    @property
    def caveat(self) -> str:
        """What to beware of in comparing it; empty where it is counted and not measured."""
        return _NOISE if self.unit == "seconds" else ""


_NOISE = (
    "Times carry the noise of the machine and are taken as they are (latency: the median of "
    "some passes, in each run), so that equally fast methods come in an order of chance."
)

COSTS: Mapping[str, Cost] = {
    cost.name: cost
    for cost in (
        Cost("trainable", "trainable parameters", "parameters", "parameters/trainable", True),
        Cost("stored", "bytes of the adapter's file", "bytes", "sizes/adapter.safetensors", True),
        Cost("training_time", "time of training", "seconds", "costs/training_seconds"),
        Cost("peak_memory", "memory of training", "bytes", "costs/phases/train/memory_bytes"),
        Cost("flops", "FLOPs of a training step", "operations", "costs/training_step/flops", True),
        Cost("inference_flops", "FLOPs of an image", "operations", "costs/inference/flops", True),
        Cost("latency", "latency of one image", "seconds", "costs/inference/single/median_seconds"),
        Cost(
            "latency_merged",
            "latency of one image, merged",
            "seconds",
            "costs/merged/single/median_seconds",
        ),
    )
}
"""The costs that methods can be compared by."""


@dataclass(frozen=True, eq=False)
class Priced:
    """Scores whose every number has its cost.

    Attributes:
        scores: The table; a cell without the cost is a gap.
        costs: The cost of each cell, in the shape of the scores; NaN in gaps.
    """

    scores: Scores
    costs: npt.NDArray[np.float64]


class Answer(NamedTuple):
    """A result that a number of a table is of, and where that stands."""

    result: ResultSpec
    at: tuple[int, ...]


def find_answers(scores: Scores, results: Iterable[ResultSpec]) -> list[Answer]:
    """Finds the results that the numbers of a table are of.

    Args:
        scores: What `collect` or `read_scores` made of the results, or a part of it.
        results: The results.
    """
    axes = (scores.methods, scores.datasets, scores.conditions, scores.seeds)
    indices = [{part: at for at, part in enumerate(axis)} for axis in axes]
    answers: list[Answer] = []
    for result in results:
        found = [axis.get(part) for part, axis in zip(place(result), indices, strict=True)]
        at = tuple(index for index in found if index is not None)
        if len(at) == len(axes) and number(result, scores.metric) is not None:
            answers.append(Answer(result, at))
    return answers


def with_cost(scores: Scores, answers: Sequence[Answer], cost: Cost) -> Priced:
    """Looks up what each number of a table cost.

    Args:
        scores: The table.
        answers: Those of the table.
        cost: One of `COSTS`.

    Raises:
        DataError: No result has this cost, or it depends on the machine and there are several.
    """
    if not cost.portable:
        _check_one_machine(cost, [answer.result for answer in answers])
    found = [_look_up(answer.result, cost.path) for answer in answers]
    if all(value is None for value, _ in found):
        reasons = [reason for _, reason in found]
        raise DataError(
            f"no result tells {cost.title}",
            where=_untold(cost, reasons[0]) if reasons else scores.metric,
            expected=f"{cost.path} in at least one result",
            mend="choose another cost; or run again, where results are of an older version",
        )
    costs = np.full(scores.values.shape, np.nan)
    gaps: list[Gap] = []
    for (result, at), (value, reason) in zip(answers, found, strict=True):
        if value is None:
            gaps.append(_gap(result, _untold(cost, reason)))
        else:
            costs[at] = value
    values = np.where(np.isfinite(costs), scores.values, np.nan)
    return Priced(replace(scores, values=values, gaps=(*scores.gaps, *gaps)), costs)


def cost_named(name: str) -> Cost:
    """Returns the cost of a name; raises `UnknownNameError`."""
    if name not in COSTS:
        raise unknown_name("cost", name, COSTS, where="--cost")
    return COSTS[name]


def _look_up(result: ResultSpec, path: str) -> tuple[float | None, str | None]:
    """Follows a path; where it breaks off, the reason of what stands before the gap is why."""
    found: Any = result
    for part in path.split("/"):
        above = found
        found = found.get(part) if isinstance(found, dict) else getattr(found, part)
        if found is None:
            return None, _reason(above)
    return float(found), None


def _reason(above: object) -> str | None:
    # Asking a spec for an attribute that it lacks takes ten times as long.
    return vars(above).get("reason") if isinstance(above, Spec) else None


def _untold(cost: Cost, reason: str | None) -> str:
    return f"{cost.title}: {reason or 'not measured'}"


def _gap(result: ResultSpec, reason: str) -> Gap:
    method, dataset, condition, seed = place(result)
    return Gap(method, dataset, condition.backbone, condition.fraction, seed, reason)


def _check_one_machine(cost: Cost, results: Sequence[ResultSpec]) -> None:
    """Raises `DataError` where times or memory of several machines would be compared."""
    distinct = {id(r.environment): r.environment for r in results}
    machines = {
        f"{e.platform}, {e.device}, {e.precision}, {counted(e.threads, 'thread')}"
        for e in distinct.values()
    }
    if len(machines) > 1:
        raise DataError(
            f"{cost.title} of several machines cannot be compared",
            where="\n".join(sorted(machines)),
            expected="results of one device, precision and number of threads",
            mend=f"choose a cost that is the same everywhere: {_portable()}",
        )


def _portable() -> str:
    return ", ".join(cost.name for cost in COSTS.values() if cost.portable)
