"""What a race says: which method to use, what it is worth, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from medpeft_sdk.errors import DataError
from medpeft_sdk.evaluation import Metric, Predictions, paired_difference
from medpeft_sdk.execution.journal import Fate, RaceSpec
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import Estimate, ResultSpec, Spec

Verdict = Literal["better", "worse", "within noise", "unknown"]

_FEW = 100
"""Independent validation samples below which a choice between close methods is mostly chance."""


class Compared(Spec):
    """A method that came to the end, and the chosen one, on the test split.

    Attributes:
        difference: Its metric minus that of the chosen method, paired.
    """

    method: str
    baseline: bool
    difference: Estimate
    verdict: Verdict

    @property
    def equal(self) -> bool:
        """Whether the two came out the same on every draw of the test images."""
        return self.difference.low == self.difference.high == 0


class Stopped(Spec):
    """A method that did not come to the end.

    Attributes:
        step: Where it stopped.
        behind: Its distance to the leader there, on the validation split.
        reason: What went wrong, where something did.
    """

    method: str
    step: int
    why: Fate
    behind: Estimate | None
    reason: str | None


class Recommendation(Spec):
    """The answer to which method to use.

    Attributes:
        method: The chosen one; validation chose it before the test split was read.
        score: Its metric on the test split.
        compared: The others that came to the end, in the order of validation.
        steps: Of a whole training run.
        validation_units: Independent validation samples: groups, where there are some.
        budget: Amount and unit.
        spent: In that unit, at the end of the race.
        adapter: The folder of the saved adapter.
        code: Python that uses it.
        caveats: What the numbers do not cover.
    """

    method: str
    dataset: str
    backbone: str
    metric: str
    higher_is_better: bool
    score: Estimate
    compared: tuple[Compared, ...]
    stopped: tuple[Stopped, ...]
    steps: int
    validation_samples: int
    validation_units: int
    budget: str
    spent: float
    adapter: str
    code: str
    caveats: tuple[str, ...]


def conclude(
    race: RaceSpec,
    store: ResultStore,
    metric: Metric,
    *,
    validation_units: int,
    adapter: str,
    code: str,
    caveats: Sequence[str] = (),
) -> Recommendation:
    """Draws the conclusion of a race whose finalists were tested.

    Args:
        race: The race, at its end.
        store: Has the results of the finalists.
        metric: The metric that chose.
        validation_units: Independent validation samples.
        adapter: The folder of the saved adapter.
        code: Python that uses it.
        caveats: What the user should know besides.

    Raises:
        DataError: The chosen method has no answer on the test split.
        StoreError: Results are missing or altered.
    """
    last = race.rungs[-1]
    results = {name: store.read(race.cells[name]) for name in last.field}
    chosen, *others = results.values()
    if chosen.status != "ok" or chosen.training is None:
        raise DataError(
            f"{chosen.cell.method} was chosen, and came to no answer: {chosen.reason}",
            where=str(store.folder),
        )
    predictions = _load(store, chosen)
    compared: list[Compared] = []
    for other in others:
        if other.status != "ok":
            continue
        difference = paired_difference(_load(store, other), predictions, metric)
        name = other.cell.method
        compared.append(
            Compared(
                method=name,
                baseline=name in race.baselines,
                difference=difference,
                verdict=judge(difference, higher_is_better=metric.spec.higher_is_better),
            )
        )
    return Recommendation(
        method=chosen.cell.method,
        dataset=chosen.cell.dataset.name,
        backbone=chosen.cell.backbone.name,
        metric=metric.spec.name,
        higher_is_better=metric.spec.higher_is_better,
        score=chosen.metrics[metric.spec.name],
        compared=tuple(compared),
        stopped=tuple(
            Stopped(method=s.method, step=r.step, why=s.fate, behind=s.behind, reason=s.reason)
            for r, s in race.stopped()
        )
        + tuple(
            Stopped(
                method=r.cell.method,
                step=last.step,
                why="failed",
                behind=None,
                reason=r.reason,
            )
            for r in others
            if r.status != "ok"
        ),
        steps=last.step,
        validation_samples=chosen.training.validation_samples,
        validation_units=validation_units,
        budget=race.budget,
        spent=last.spent,
        adapter=adapter,
        code=code,
        caveats=(
            *_caveats(validation_units, race),
            *_without_width(chosen.metrics[metric.spec.name], metric.spec.name),
            *_cheaper([chosen, *(results[c.method] for c in compared if c.equal)]),
            *caveats,
        ),
    )


def judge(difference: Estimate, *, higher_is_better: bool) -> Verdict:
    """Says whether a difference to the chosen method is more than noise."""
    if difference.low is None or difference.high is None:
        return "unknown"
    if difference.low <= 0 <= difference.high:
        return "within noise"
    return "better" if (difference.low > 0) == higher_is_better else "worse"


def _caveats(units: int, race: RaceSpec) -> list[str]:
    found = [
        "One seed was trained: the intervals cover the choice of test images, not the luck of a "
        "training run."
    ]
    if units < _FEW:
        found.append(
            f"The validation split has only {units} independent samples: between methods that are "
            "close, the choice is mostly chance."
        )
    amount, unit = race.budget.split()
    spent = race.rungs[-1].spent
    if spent > float(amount):
        found.append(
            f"The race took {spent:.0f} {unit}, more than the budget of {amount}: the baselines "
            "and the leader go to the end in any case."
        )
    return found


def _without_width(score: Estimate, metric: str) -> list[str]:
    """Says what an interval is worth that no draw of the test images moved."""
    if score.low is None or score.low != score.high:
        return []
    return [
        f"{metric} came out the same however the {score.n:,} test images were drawn again, so its "
        f"interval has no width. That is no certainty: where none of {score.n:,} goes wrong, up to "
        f"about {min(300 / score.n, 100):.2g} % of new ones still may (rule of three)."
    ]


def _cheaper(equals: Sequence[ResultSpec]) -> list[str]:
    """Names the cheapest of methods that did as well as the first of them, the chosen one."""
    sizes = [(r.parameters.trainable, r.cell.method) for r in equals if r.parameters]
    if not sizes or min(sizes)[0] >= sizes[0][0]:
        return []
    (most, chosen), (least, cheapest) = sizes[0], min(sizes)
    return [
        f"{cheapest} with {least:,} trainable parameters did as well as {chosen} with {most:,} on "
        "every draw of the test images."
    ]


def _load(store: ResultStore, result: ResultSpec) -> Predictions:
    return Predictions.from_parquet(store.file(result.cell_id, "predictions.parquet"))
