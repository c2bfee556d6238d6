"""What the next trial of a search tries, and whether it is worth going on with."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState

from medpeft_sdk.specs import Dimension, Look, Pruning, Scalar, SearchSpec, TrialSpec

optuna.logging.set_verbosity(optuna.logging.WARNING)

DRAWN_AT_RANDOM = 5
"""Trials before the first that learns from others, the first, with the defaults, included."""

_PRUNERS: dict[Pruning, optuna.pruners.BasePruner] = {
    "none": optuna.pruners.NopPruner(),
    "halving": optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2),
}


class Sampler:
    """Proposes the defaults, then random values, then what other trials make promising.

    The last is by a tree-structured Parzen estimator (Bergstra et al., 2011).

    A proposal depends on the space, on the trials before it and on its number alone, so a search
    that goes on after a kill proposes what it would have proposed. The learning rates that are
    drawn at random are the same for all methods.

    Args:
        search: The search; its trials so far are told by `learn`.
    """

    def __init__(self, search: SearchSpec) -> None:
        self._search = search
        self._space = {d.name: _distribution(d) for d in search.space}
        self._study = optuna.create_study(direction="maximize", pruner=_PRUNERS[search.pruning])
        self._number = self._draws = 0
        self._trial: optuna.Trial | None = None
        self._best = -np.inf

    def propose(self) -> dict[str, Scalar]:
        """Returns values for the next trial, or other ones where the last were refused."""
        if self._number == self._draws == 0:
            return self._start(self._search.first)
        seed = int(np.random.SeedSequence([self._number, self._draws]).generate_state(1)[0])
        self._study.sampler = (
            optuna.samplers.RandomSampler(seed=seed)
            if self._number < DRAWN_AT_RANDOM
            else optuna.samplers.TPESampler(seed=seed, n_startup_trials=1)
        )
        self._trial = self._study.ask(self._space)
        return {dimension: self._trial.params[dimension] for dimension in self._space}

    def refuse(self) -> None:
        """Takes note that the method has no room for the last proposal; others will be made."""
        assert self._trial is not None, "a proposal comes before its refusal"
        self._study.tell(self._trial, state=TrialState.PRUNED)
        self._draws += 1

    def worth(self, look: Look, at: int) -> bool:
        """Takes note of a look, counted from 1, and tells whether the trial shall go on."""
        assert self._trial is not None, "a proposal comes before its looks"
        self._best = max(self._best, -np.inf if look.score is None else look.score)
        self._trial.report(self._best, at)
        return not self._trial.should_prune()

    def conclude(self, trial: TrialSpec) -> None:
        """Takes note of how the trial ended; one without a score is a bad one."""
        assert self._trial is not None, "a proposal comes before its end"
        if trial.status == "ok" and trial.score is not None:
            self._study.tell(self._trial, trial.score)
        else:
            self._study.tell(self._trial, state=TrialState.PRUNED)
        self._number, self._draws, self._trial, self._best = self._number + 1, 0, None, -np.inf

    def learn(self, trials: Sequence[TrialSpec]) -> None:
        """Takes note of trials that were run before, in their order."""
        for trial in trials:
            if not trial.values:  # Of a process that died nobody knows what it tried.
                self._number += 1
                continue
            for refused in trial.refused:
                self._start(refused.values)
                self.refuse()
            self._start(trial.values)
            for at, look in enumerate(trial.looks, 1):
                self.worth(look, at)
            self.conclude(trial)

    def _start(self, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Starts a trial with given values, which may lie outside of the space."""
        self._study.enqueue_trial(dict(values))
        with warnings.catch_warnings(action="ignore"):
            self._trial = self._study.ask(self._space)
        return dict(values)


def _distribution(dimension: Dimension) -> BaseDistribution:
    if dimension.choices is not None:
        return CategoricalDistribution(dimension.choices)
    assert dimension.low is not None and dimension.high is not None, "a number has two bounds"
    if dimension.type == "int":
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)
