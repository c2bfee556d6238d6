"""A race of methods by successive halving: all start, the worse stop, the rest go on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Protocol

from medpeft_sdk.evaluation import Metric, Predictions
from medpeft_sdk.execution.attempt import Failure, attempt
from medpeft_sdk.execution.budget import Purse
from medpeft_sdk.execution.course import Course
from medpeft_sdk.execution.journal import Fate, Journal, Rung, Standing
from medpeft_sdk.execution.verdict import affordable, behind_leader, cannot_catch_up


class Racer(Protocol):
    """A method on its way through the race."""

    def train(self, look: int) -> None:
        """Trains up to a look at the validation split; one that is there already stays."""
        ...

    @property
    def rank(self) -> tuple[float, ...]:
        """Orders by the best look so far; its first part is the score, larger is better."""
        ...

    @property
    def validated(self) -> Predictions:
        """What the network of that look says about the validation split."""
        ...

    @property
    def seconds(self) -> float:
        """Time spent on training so far."""
        ...


class Stable:
    """The racers, each made when it is first wanted.

    Args:
        make: Makes the racer of a method; it may raise what `attempt` expects.
    """

    def __init__(self, make: Mapping[str, Callable[[], Racer]]) -> None:
        self._make, self._racers = make, dict[str, Racer]()

    def train(self, name: str, look: int) -> Racer | Failure:
        """Trains a method up to a look, from the start where it is not in the stable."""

        def work() -> Racer:
            if name not in self._racers:
                self._racers[name] = self._make[name]()
            self._racers[name].train(look)
            return self._racers[name]

        return attempt(work)

    def release(self, name: str) -> None:
        """Lets go of a racer and its network."""
        self._racers.pop(name, None)


OnRung = Callable[[Rung], None]


def race(
    stable: Stable,
    course: Course,
    metric: Metric,
    journal: Journal,
    *,
    purse: Callable[[float], Purse],
    on_rung: OnRung = lambda rung: None,
) -> tuple[str, ...]:
    """Races methods until the end of the course; the test split has no part in it.

    After each rung, methods that cannot catch up with the leader stop, and then as many of the
    worst as the budget cannot carry. Baselines and the leader go on in any case. What the journal
    holds already is not decided again; methods that were under way are trained again up to there,
    at no cost to the budget.

    Args:
        stable: Has the racers.
        course: The rungs.
        metric: What decides.
        journal: Names the methods and the baselines, and is told of each rung.
        purse: Makes the purse, from what is spent already.
        on_rung: Is told of each rung.

    Returns:
        The methods that came to the end, best first; none where all failed.
    """
    planned = journal.race
    done = planned.rungs
    field = done[-1].field if done else tuple(planned.cells)
    ahead = course.rungs[len(done) :]
    if done and ahead:
        for name in field:
            stable.train(name, done[-1].look)
    money = purse(done[-1].spent if done else 0.0)
    for look in ahead:
        if not field:
            break
        found = {name: stable.train(name, look) for name in field}
        before = done[-1].step if done else 0
        money.count(len(field) * (course.step(look) - before))
        rung = _decide(found, course, look, metric, journal, money)
        journal.add(rung)
        on_rung(rung)
        done, field = (*done, rung), rung.field
        for standing in rung.standings:
            if standing.fate != "on":
                stable.release(standing.method)
    return field


def _decide(
    found: Mapping[str, Racer | Failure],
    course: Course,
    look: int,
    metric: Metric,
    journal: Journal,
    purse: Purse,
) -> Rung:
    step = course.step(look)
    racers = {name: racer for name, racer in found.items() if not isinstance(racer, Failure)}
    ranked = sorted(racers, key=lambda name: racers[name].rank, reverse=True)
    scores = {name: _finite(racers[name].rank[0]) for name in ranked}
    validated = {name: racers[name].validated for name in ranked}
    behind = behind_leader(validated, ranked[0], metric) if ranked else {}
    fates: dict[str, Fate] = {}
    if ranked and look < course.rungs[-1]:
        sure = [name for name in ranked if name in journal.race.baselines or name == ranked[0]]
        for name in ranked:
            gained = _gained(scores[name], journal, name, step)
            beaten = cannot_catch_up(behind.get(name), gained, course.doublings(look))
            if beaten and name not in sure:
                fates[name] = "evidence"
        able = [name for name in ranked if name not in fates]
        prices = {n: purse.price(seconds=racers[n].seconds, steps=step) for n in able}
        going = affordable(able, sure, prices, purse.left, course, look)
        fates |= {name: "budget" for name in able if name not in going}
    standings = [
        Standing(
            method=name, score=scores[name], behind=behind.get(name), fate=fates.get(name, "on")
        )
        for name in ranked
    ]
    standings += [
        Standing(method=name, fate=failure.status, reason=failure.reason)
        for name, failure in found.items()
        if isinstance(failure, Failure)
    ]
    return Rung(look=look, step=step, spent=purse.spent, standings=tuple(standings))


def _gained(score: float | None, journal: Journal, name: str, step: int) -> float | None:
    """Returns what a doubling of the steps brought since the last rung."""
    before = journal.race.before(name)
    if before is None or score is None:
        return None
    return (score - before) / math.log2(step / journal.race.rungs[-1].step)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
