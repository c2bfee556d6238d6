"""A race keeps the best, drops who cannot catch up, and keeps its budget."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import torch

from medpeft_sdk.errors import DivergedError, SpecError, StoreError
from medpeft_sdk.evaluation import paired_difference
from medpeft_sdk.execution.budget import Budget, Purse, read_budget
from medpeft_sdk.execution.candidate import Candidate
from medpeft_sdk.execution.contender import Contender
from medpeft_sdk.execution.course import Course
from medpeft_sdk.execution.journal import Journal, Rung, read_race
from medpeft_sdk.execution.race import race
from medpeft_sdk.execution.verdict import affordable, behind_leader, cannot_catch_up
from medpeft_sdk.specs import Look
from tests.execution.planted import COURSE, Planted, PlantedRacer, auroc, flattening

CURVES = {
    "linear": flattening(0.5),
    "full": flattening(0.7),
    "best": flattening(1.5),
    "close": flattening(1.48),
    "slow": flattening(1.6, pace=40),
    "poor": flattening(0.4),
    "hopeless": flattening(0.05),
}


def run(
    planted: Planted, journal: Journal, amount: float = 10_000, rungs: list[Rung] | None = None
) -> tuple[str, ...]:
    told = [] if rungs is None else rungs
    return race(
        planted.stable,
        COURSE,
        auroc(),
        journal,
        purse=partial(Purse, Budget(amount, "steps")),
        on_rung=told.append,
    )


def fates(journal: Journal) -> dict[str, str]:
    return {s.method: s.fate for _, s in journal.race.stopped()}


def test_with_time_enough_only_those_stop_who_cannot_catch_up(tmp_path: Path) -> None:
    planted = Planted(CURVES)
    journal = planted.journal(tmp_path)
    finalists = run(planted, journal)
    assert fates(journal) == {"poor": "evidence", "hopeless": "evidence"}
    assert set(finalists) == {"linear", "full", "best", "close", "slow"}
    assert finalists[0] in ("best", "close", "slow")


def test_nobody_stops_on_evidence_before_a_gain_was_seen(tmp_path: Path) -> None:
    planted = Planted(CURVES)
    journal = planted.journal(tmp_path)
    run(planted, journal)
    assert journal.race.rungs[0].field == tuple(s.method for s in journal.race.rungs[0].standings)


@pytest.mark.parametrize("seed", range(3))
def test_the_best_is_never_dropped_on_evidence(seed: int, tmp_path: Path) -> None:
    """Names seed the noise; whoever would have won an exhaustive comparison is a finalist."""
    curves = {
        f"{name}{seed}" if name not in ("linear", "full") else name: curve
        for name, curve in CURVES.items()
    }
    planted = Planted(curves)
    ends: dict[str, float] = {}
    for name, curve in curves.items():
        racer = PlantedRacer(curve, name, [])
        racer.train(8)
        ends[name] = racer.rank[0]
    assert run(planted, planted.journal(tmp_path))[0] == max(ends, key=ends.__getitem__)


@pytest.mark.parametrize("amount", [300, 400, 560])
def test_the_budget_is_kept_and_the_baselines_come_to_the_end(amount: int, tmp_path: Path) -> None:
    planted = Planted(CURVES)
    assert COURSE.least(len(CURVES), 3) <= amount
    journal = planted.journal(tmp_path)
    finalists = run(planted, journal, amount)
    assert journal.race.rungs[-1].spent <= amount
    assert {"linear", "full"} < set(finalists)
    if amount < 400:
        assert "budget" in fates(journal).values()


def test_time_is_what_the_clock_says(tmp_path: Path) -> None:
    planted = Planted(CURVES)
    journal, budget = planted.journal(tmp_path), Budget(380.0, "seconds")
    clock = lambda: 10 * sum(look for _, look in _last(planted.trained))  # noqa: E731
    race(
        planted.stable,
        COURSE,
        auroc(),
        journal,
        purse=partial(Purse, budget, clock=clock),
    )
    assert journal.race.rungs[-1].spent == clock() <= 380.0
    assert "budget" in fates(journal).values()


def _last(trained: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Returns how far each racer was trained."""
    return list(dict(trained).items())


def test_a_killed_race_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    class KillError(Exception):
        pass

    def kill(rung: Rung) -> None:
        if rung.look == 4:
            raise KillError

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = Planted(CURVES).journal(tmp_path / "a")
    expected = run(Planted(CURVES), whole, 400)
    first = Planted(CURVES)
    with pytest.raises(KillError):
        race(
            first.stable,
            COURSE,
            auroc(),
            first.journal(tmp_path / "b"),
            purse=partial(Purse, Budget(400, "steps")),
            on_rung=kill,
        )
    again = Planted(CURVES)
    resumed = again.journal(tmp_path / "b")
    assert run(again, resumed, 400) == expected
    assert resumed.race == whole.race == read_race(tmp_path / "b")
    survivors = set(whole.race.rungs[2].field)
    assert {name for name, _ in again.trained} == survivors
    last = Planted(CURVES)
    assert run(last, last.journal(tmp_path / "b"), 400) == expected
    assert not last.trained


def test_a_folder_holds_one_race(tmp_path: Path) -> None:
    planted = Planted(CURVES)
    run(planted, planted.journal(tmp_path))
    with pytest.raises(StoreError, match="another race"):
        planted.journal(tmp_path, budget="1 steps")
    (tmp_path / "race.json").write_text("{")
    with pytest.raises(StoreError, match="cannot be read"):
        planted.journal(tmp_path)


def test_a_method_that_fails_stops_with_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    def diverging(step: int) -> float:
        if step > 10:
            raise DivergedError("the loss was nan at step 20")
        return 1.0

    planted = Planted(CURVES | {"bad": lambda step: 1 / 0})
    journal = planted.journal(tmp_path)
    planted.stable = type(planted.stable)(
        {
            name: (lambda n=name: _Failing(planted.curves[n], n, planted.trained))
            for name in planted.curves
        }
    )
    assert "bad" not in run(planted, journal)
    (reason,) = [s.reason for _, s in journal.race.stopped() if s.method == "bad"]
    assert reason == "ZeroDivisionError: division by zero"
    alone = Planted({"linear": diverging})
    alone.stable = type(alone.stable)({"linear": lambda: _Failing(diverging, "linear", [])})
    (tmp_path / "alone").mkdir()
    journal = alone.journal(tmp_path / "alone")
    assert run(alone, journal) == ()
    assert fates(journal) == {"linear": "diverged"}


class _Failing(PlantedRacer):
    def train(self, look: int) -> None:
        super().train(look)
        self._curve(self.step)


def test_the_distance_to_the_leader_is_the_paired_difference_and_no_surer() -> None:
    racers = {name: PlantedRacer(curve, name, []) for name, curve in CURVES.items()}
    for racer in racers.values():
        racer.train(8)
    validated = {name: racer.validated for name, racer in racers.items()}
    behind = behind_leader(validated, "best", auroc())
    for name, found in behind.items():
        alone = paired_difference(validated[name], validated["best"], auroc())
        assert found.value == pytest.approx(alone.value)
        assert found.low <= alone.low <= alone.high <= found.high


def test_catching_up_takes_the_interval_and_the_last_gain_into_account() -> None:
    behind = behind_leader(
        {
            "a": _at(CURVES["best"]).validated,
            "b": _at(CURVES["hopeless"]).validated,
        },
        "a",
        auroc(),
    )["b"]
    assert behind.high is not None and behind.high < -0.1
    assert cannot_catch_up(behind, 0.0, 3.0)
    assert not cannot_catch_up(behind, 0.2, 3.0)
    assert not cannot_catch_up(behind, None, 3.0)
    assert not cannot_catch_up(None, 0.0, 3.0)


def _at(curve: object) -> PlantedRacer:
    racer = PlantedRacer(curve, "any", [])  # type: ignore[arg-type]
    racer.train(8)
    return racer


def test_the_best_that_a_share_carries_go_on() -> None:
    prices = dict.fromkeys("abcde", 1.0)
    # Three stretches are ahead, of 10, 20 and 40 steps; "a" needs 70 of the 130.
    assert affordable("abcde", "a", prices, 130, COURSE, 1) == {"a", "b", "c"}
    assert affordable("abcde", "a", prices, 70, COURSE, 1) == {"a"}
    assert affordable("abcde", "e", prices, 60, COURSE, 1) == {"e"}


def contender(score: float, trainable: int, loss: float) -> Contender:
    look = Look(step=1, training_loss=1.0, validation_loss=loss, score=score)
    adapted = SimpleNamespace(trainable_parameters=lambda: [torch.zeros(trainable)])
    return Contender(cast(Candidate, SimpleNamespace(adapted=adapted, best=look)))


def test_of_equal_scores_the_smaller_method_is_better() -> None:
    ranked = [
        contender(score=0.9, trainable=90, loss=0.3),
        contender(score=0.8, trainable=2, loss=0.6),
        contender(score=0.8, trainable=30, loss=0.4),
        contender(score=0.8, trainable=30, loss=0.5),
    ]
    mixed = [ranked[at] for at in (2, 0, 3, 1)]
    assert sorted(mixed, key=lambda one: one.rank, reverse=True) == ranked


def test_rungs_halve_the_looks() -> None:
    assert COURSE.rungs == (1, 2, 4, 8)
    assert Course(looks=(3, 6, 9, 12, 15)).rungs == (1, 2, 5)
    assert COURSE.doublings(2) == 2
    assert Course(looks=(10, 20), test_steps=5).most(2) == 50
    assert Course(looks=(10, 20), test_steps=5).least(3, 2) == 60


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("20m", 1200, "seconds"),
        ("1h30m", 5400, "seconds"),
        ("90 s", 90, "seconds"),
        ("1.5min", 90, "seconds"),
        ("5000 steps", 5000, "steps"),
    ],
)
def test_budgets_read_as_people_write_them(text: str, amount: float, unit: str) -> None:
    assert read_budget(text) == Budget(amount, unit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["20 parsecs", "", "0m", "-5m", "m", "nan s", "1m1h", "0", None, f"{'9' * 400}h"]
)
def test_what_is_no_budget_is_one_message(text: object) -> None:
    with pytest.raises(SpecError, match="no budget") as raised:
        read_budget(text)
    assert raised.value.where == "--budget"
    assert raised.value.mend == "write it with its unit, such as --budget 20m"


@pytest.mark.parametrize(("number", "mend"), [("30", "--budget 30m"), (1.5, "--budget 1.5m")])
def test_a_budget_without_a_unit_is_given_one(number: object, mend: str) -> None:
    with pytest.raises(SpecError) as raised:
        read_budget(number)
    assert raised.value.mend is not None and raised.value.mend.endswith(mend)
    assert read_budget(mend.split()[-1]).unit == "seconds"
