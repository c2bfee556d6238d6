"""What a search proposes, on objectives whose optimum is known and that need no training."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from medpeft_sdk.execution.choice import choose, is_over
from medpeft_sdk.execution.sampling import DRAWN_AT_RANDOM, Sampler
from medpeft_sdk.specs import LEARNING_RATE, Look, Refused, Scalar, SearchSpec, TrialSpec
from tests.execution.trials import make_search, make_trial

RATE = LEARNING_RATE.name
Objective = Callable[[dict[str, Scalar]], float]


def peak(values: dict[str, Scalar]) -> float:
    """Best at a learning rate of 1e-3 and rank 32, worse by the factor that one is off."""
    rate, rank = float(values[RATE]), float(values.get("rank", 32))
    return -(math.log10(rate / 1e-3) ** 2) - 0.3 * math.log2(rank / 32) ** 2


def run(search: SearchSpec, objective: Objective, budget: int) -> list[TrialSpec]:
    return go_on(search, objective, budget, [])


def go_on(
    search: SearchSpec, objective: Objective, budget: int, before: list[TrialSpec]
) -> list[TrialSpec]:
    sampler, trials = Sampler(search), list(before)
    sampler.learn(trials)
    while not is_over(trials, budget):
        values = sampler.propose()
        trials.append(make_trial(len(trials), values, objective(values)))
        sampler.conclude(trials[-1])
    return trials


def test_the_first_trial_has_the_defaults_even_outside_of_the_space() -> None:
    search = make_search(learning_rate=0.5, rank=8)
    assert Sampler(search).propose() == {RATE: 0.5, "rank": 8}


def test_a_search_finds_the_neighbourhood_of_a_known_optimum() -> None:
    search = make_search(learning_rate=0.1, rank=1)
    chosen = choose(search, run(search, peak, 40), 40)
    assert 3e-4 < float(chosen[RATE]) < 3e-3
    assert 8 <= float(chosen["rank"]) <= 128


def test_what_comes_after_the_random_trials_learns_from_them() -> None:
    search = make_search(learning_rate=0.1, rank=1)
    scores = [peak(t.values) for t in run(search, peak, 40)]
    at_random = scores[1:DRAWN_AT_RANDOM]
    learnt = scores[DRAWN_AT_RANDOM:]
    assert sum(learnt) / len(learnt) > sum(at_random) / len(at_random)
    other = [t.values for t in run(search, lambda values: -peak(values), 8)]
    same = [t.values for t in run(search, peak, 8)]
    assert same[:DRAWN_AT_RANDOM] == other[:DRAWN_AT_RANDOM]
    assert same[DRAWN_AT_RANDOM + 1 :] != other[DRAWN_AT_RANDOM + 1 :]


def test_a_search_that_goes_on_proposes_what_it_would_have_proposed() -> None:
    search = make_search(learning_rate=1e-2, rank=8)
    whole = run(search, peak, 9)
    for cut in (1, 4, 5, 8):
        assert go_on(search, peak, 9, whole[:cut]) == whole
    assert run(search, peak, 5) == whole[:5], "a larger budget continues a smaller one"


def test_all_methods_draw_the_same_learning_rates_at_random() -> None:
    with_rank = run(make_search(rank=8), peak, DRAWN_AT_RANDOM)
    without = run(make_search(method="linear"), peak, DRAWN_AT_RANDOM)
    rates = [[t.values[RATE] for t in trials[1:]] for trials in (with_rank, without)]
    assert rates[0] == rates[1]
    assert len(set(rates[0])) == DRAWN_AT_RANDOM - 1


@pytest.mark.parametrize("status", ["diverged", "failed"])
def test_a_search_turns_away_from_where_training_fails(status: str) -> None:
    sampler = Sampler(make_search())
    rates: list[float] = []
    for number in range(25):
        values = sampler.propose()
        rates.append(float(values[RATE]))
        bad = rates[-1] > 1e-3
        trial = make_trial(number, values, None if bad else 0.5, status if bad else "ok")
        sampler.conclude(trial)
    late = rates[-10:]
    assert sum(rate > 1e-3 for rate in late) < 5


def test_a_refused_draw_is_followed_by_another_also_after_a_kill() -> None:
    search = make_search(rank=8)
    sampler = Sampler(search)
    sampler.propose()
    sampler.conclude(first := make_trial(0, search.first, 0.5))
    refused = sampler.propose()
    sampler.refuse()
    taken = sampler.propose()
    assert taken != refused
    kept = Refused(values=refused, reason="no room")
    second = make_trial(1, taken, 0.6).model_copy(update={"refused": (kept,)})
    sampler.conclude(second)
    again = Sampler(search)
    again.learn([first, second])
    assert again.propose() == sampler.propose()


def test_a_trial_of_a_process_that_died_is_skipped_and_not_tried_again() -> None:
    search = make_search()
    first, dead = make_trial(0, search.first, 0.5), make_trial(1, {}, None, "failed")
    sampler, undisturbed = Sampler(search), Sampler(search)
    sampler.learn([first, dead])
    undisturbed.learn([first])
    assert sampler.propose() != undisturbed.propose()


def test_halving_goes_on_with_the_better_half_and_only_where_it_is_asked_for() -> None:
    def went_on(pruning: str, scores: list[float]) -> list[bool]:
        sampler = Sampler(make_search(pruning=pruning))
        found: list[bool] = []
        for number, score in enumerate(scores):
            values = sampler.propose()
            look = Look(step=1, training_loss=1, validation_loss=1, score=score)
            found.append(sampler.worth(look, 1))
            sampler.conclude(make_trial(number, values, score, looks=(look,)))
        return found

    scores = [0.5, 0.6, 0.4, 0.55, 0.7]
    assert went_on("halving", scores) == [True, True, False, True, True]
    assert went_on("none", scores) == [True] * 5


def test_the_best_of_the_budget_is_chosen_and_pruned_trials_are_not() -> None:
    search = make_search()
    trials = [
        make_trial(0, {RATE: 0.1}, 0.5),
        make_trial(1, {RATE: 0.2}, 0.8),
        make_trial(2, {RATE: 0.3}, 0.8),
        make_trial(3, {RATE: 0.4}, 0.9, "pruned"),
        make_trial(4, {RATE: 0.5}, 0.95),
    ]
    assert choose(search, trials, 4) == {RATE: 0.2}
    assert choose(search, trials, 5) == {RATE: 0.5}
    assert choose(search, [make_trial(0, {RATE: 0.1}, None, "diverged")], 1) == search.first
