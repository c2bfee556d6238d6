"""One search: its trials, one after the other, none of which is shown the test split."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from medpeft_sdk.adaptation import Method
from medpeft_sdk.evaluation import Metric
from medpeft_sdk.execution.attempt import Failure, attempt
from medpeft_sdk.execution.candidate import Candidate, OnStep
from medpeft_sdk.execution.cell import device_name
from medpeft_sdk.execution.choice import is_over
from medpeft_sdk.execution.garbage import free_networks
from medpeft_sdk.execution.job import RunSettings
from medpeft_sdk.execution.outcome import describe_environment, now
from medpeft_sdk.execution.sampling import Sampler
from medpeft_sdk.execution.workbench import Workbench
from medpeft_sdk.planning import PlannedSearch
from medpeft_sdk.registry import Registry
from medpeft_sdk.results import SearchStore
from medpeft_sdk.specs import Refused, Scalar, SearchSpec, TrialSpec
from medpeft_sdk.training import choose_precision

_MOST_REFUSED = 100
"""Draws in a row that a method may refuse."""


def run_search(
    planned: PlannedSearch,
    workbench: Workbench,
    settings: RunSettings,
    registry: Registry,
    *,
    device: torch.device,
    on_step: OnStep,
    on_trial: Callable[[TrialSpec], None],
) -> None:
    """Runs the trials that the results folder does not hold yet, and writes each as it ends.

    Raises:
        MedpeftError: Something that no other method would survive: data, weights or the store.
    """
    assert planned.search is not None, "a planned search has a search"
    search, store = planned.search.spec, SearchStore(Path(settings.output))
    precision = choose_precision(search.recipe.precision, device)
    environment = describe_environment(
        device=device_name(device), precision=precision.name, threads=settings.threads
    )
    store.write(planned.id, search)
    trials = store.trials(planned.id)
    sampler = Sampler(search)
    sampler.learn(trials)

    def candidate(values: dict[str, Scalar]) -> Candidate:
        entry = registry.methods.get(search.method)
        method: Method = entry.load()(entry.spec)
        of_metric = registry.metrics.get(search.selection_metric)
        metric: Metric = of_metric.load()(of_metric.spec)
        cell = search.cell(values)
        return Candidate(cell, workbench, method, metric, precision=precision, on_step=on_step)

    while not is_over(trials, planned.trials):
        started = time.perf_counter()
        found = _try(search, sampler, candidate, redraw=bool(trials))
        trial = TrialSpec(
            search=planned.id,
            number=len(trials),
            seconds=time.perf_counter() - started,
            synthetic=workbench.bundle.dataset.synthetic,
            environment=environment,
            created=now(),
            **found,
        )
        trials.append(store.write_trial(trial))
        sampler.conclude(trial)
        free_networks()
        on_trial(trial)


def _try(
    search: SearchSpec,
    sampler: Sampler,
    candidate: Callable[[dict[str, Scalar]], Candidate],
    *,
    redraw: bool,
) -> dict[str, Any]:
    """Runs one trial and returns what it came to.

    A draw that the method refuses costs no training, so another takes its place; the defaults
    are refused for good.
    """
    refused: list[Refused] = []
    while True:
        values = sampler.propose()
        made = attempt(lambda values=values: candidate(values))
        failed = made if isinstance(made, Failure) else None
        room = redraw and len(refused) < _MOST_REFUSED
        if not (failed and failed.status == "unsupported" and room):
            break
        sampler.refuse()
        refused.append(Refused(values=values, reason=failed.reason))
    fields: dict[str, Any] = {"values": values, "refused": tuple(refused), "steps": 0}
    if isinstance(made, Failure):
        return fields | {"status": made.status, "reason": made.reason}
    ended = attempt(lambda: _train(made, sampler))
    status, reason = (ended.status, ended.reason) if isinstance(ended, Failure) else ended
    fields |= {"status": status, "reason": reason, "looks": tuple(made.looks)}
    if made.looks:
        best = made.best
        fields |= {"score": best.score, "validation_loss": best.validation_loss}
        fields["steps"] = made.trained.steps if made.trained else made.looks[-1].step
    return fields


def _train(candidate: Candidate, sampler: Sampler) -> tuple[str, str | None]:
    """Trains as long as it is worth it; returns the status and the reason for an early end."""
    while (look := candidate.advance()) is not None:
        if not sampler.worth(look, len(candidate.looks)):
            return "pruned", f"its score was not in the better half at step {look.step}"
    return "ok", None
