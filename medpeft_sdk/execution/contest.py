"""A race of cells from the first step to the test of those that came to the end."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from medpeft_sdk.data import select_subset
from medpeft_sdk.errors import DataError, MedpeftError, StoreError
from medpeft_sdk.evaluation import Metric
from medpeft_sdk.evaluation.estimate import point
from medpeft_sdk.execution.attempt import Failure, attempt
from medpeft_sdk.execution.budget import Budget, Purse
from medpeft_sdk.execution.candidate import Candidate, OnStep
from medpeft_sdk.execution.cell import Answer, load_metrics, record, test
from medpeft_sdk.execution.contender import Contender
from medpeft_sdk.execution.course import Course
from medpeft_sdk.execution.estimate import FORWARD_SHARE
from medpeft_sdk.execution.job import RunSettings
from medpeft_sdk.execution.journal import Journal, RaceSpec
from medpeft_sdk.execution.outcome import write_unrun
from medpeft_sdk.execution.race import OnRung, Racer, Stable, race
from medpeft_sdk.execution.workbench import Workbench
from medpeft_sdk.execution.worker import settle
from medpeft_sdk.planning import IDENTITY_VERSION, Bundle, PlannedCell
from medpeft_sdk.registry import Registry
from medpeft_sdk.results import ResultStore
from medpeft_sdk.training import choose_precision
from medpeft_sdk.training.schedule import look_steps, training_steps
from medpeft_sdk.units import counted

ADAPTER = "adapter"
"""The folder of the chosen adapter, beside the results."""

OnMethodStep = Callable[[str, int, int], None]
"""Is told the method, its step and the number of steps."""


@dataclass(frozen=True)
class Contest:
    """The cells of one bundle, one a method, alike in everything else.

    Attributes:
        baselines: Names of methods that go on to the end in any case.
    """

    bundle: Bundle
    settings: RunSettings
    registry: Registry
    baselines: tuple[str, ...]
    budget: Budget

    @property
    def store(self) -> ResultStore:
        """Where the results of those that come to the end are kept."""
        return ResultStore(Path(self.settings.output), IDENTITY_VERSION)

    def plan(self) -> RaceSpec:
        """Returns the race before its start."""
        return RaceSpec(
            cells={planned.cell.method: planned.id for planned in self.bundle.cells},
            baselines=self.baselines,
            budget=str(self.budget),
        )

    def check_folder(self) -> None:
        """Raises `StoreError` where the output folder holds anything but this race."""
        folder = self.store.folder
        race = Journal(folder, self.plan()).race
        if not race.rungs and (folder / "cells").is_dir() and self.store.ids():
            raise StoreError(
                "this folder holds results that are of no race",
                where=str(folder),
                expected="a new or an empty folder, or that of the same race, which then goes on",
                mend="give another folder with --output",
            )

    def workbench(self) -> Workbench:
        """Opens the data and the backbone."""
        return Workbench(self.bundle, self.settings, self.registry)

    def course(self, workbench: Workbench) -> Course:
        """Returns the rungs: they are the same for all methods."""
        cell = self.bundle.cells[0].cell
        train = select_subset(workbench.table, workbench.splits.train, cell.subset, cell.seed)
        steps = training_steps(len(train), cell.recipe)
        batch_size = min(cell.recipe.batch_size, len(train))
        return Course(
            looks=tuple(sorted(look_steps(steps, cell.recipe))),
            test_steps=FORWARD_SHARE * len(workbench.splits.test) / batch_size
            if self.budget.unit == "seconds"
            else 0.0,
        )

    def run(self, workbench: Workbench, on_step: OnMethodStep, on_rung: OnRung) -> RaceSpec:
        """Races, chooses on the validation split, keeps the adapter, and then tests.

        Raises:
            MedpeftError: Something that no method would survive, or that none did.
        """
        device = settle(self.settings)
        metrics = load_metrics(self.settings.metrics, self.registry)
        first = self.bundle.cells[0].cell
        metric = metrics[first.selection_metric]
        check_defined(metric, workbench)
        journal = Journal(self.store.folder, self.plan())
        planned = {cell.cell.method: cell for cell in self.bundle.cells}
        trainer = _Trainer(self, workbench, metric, device, on_step)
        stable = Stable({name: partial(trainer.start, cell) for name, cell in planned.items()})
        course = self.course(workbench)
        finalists = race(
            stable, course, metric, journal, purse=partial(Purse, self.budget), on_rung=on_rung
        )
        for _, standing in journal.race.stopped():
            cell = planned[standing.method]
            if standing.reason is not None and not self.store.has(cell.id):
                assert standing.fate not in ("on", "evidence", "budget")
                write_unrun(self.bundle, cell, self.settings, standing.fate, standing.reason)
        if not finalists:
            reasons = [f"{s.method}: {s.reason}" for _, s in journal.race.stopped()]
            raise MedpeftError(
                "no method came to the end of the race",
                where=str(self.store.folder),
                expected="one at least; " + "; ".join(reasons),
            )
        finished = self.store.finished()
        untested = [name for name in finalists if planned[name].id not in finished]
        # All have ended before the test split is read for the first of them.
        ended = {name: finish(stable.train(name, len(course.looks))) for name in untested}
        for name in untested:
            trainer.test(planned[name], ended.pop(name), metrics, keep=name == finalists[0])
            stable.release(name)
            gc.collect()
        return journal.race


class _Trainer:
    """Starts candidates and tests them."""

    def __init__(
        self,
        contest: Contest,
        workbench: Workbench,
        metric: Metric,
        device: torch.device,
        on_step: OnMethodStep,
    ) -> None:
        self._contest, self._workbench, self._metric = contest, workbench, metric
        self._device, self._on_step = device, on_step
        recipe = contest.bundle.cells[0].cell.recipe
        self._precision = choose_precision(recipe.precision, device)

    def start(self, planned: PlannedCell) -> Contender:
        """Sets up what a cell trains; raises `UnsupportedError`."""
        registry, cell = self._contest.registry, planned.cell
        registry.cell_started(cell)
        entry = registry.methods.get(cell.method)
        on_step: OnStep = partial(self._on_step, cell.method)
        candidate = Candidate(
            cell,
            self._workbench,
            entry.load()(entry.spec),
            self._metric,
            precision=self._precision,
            on_step=on_step,
        )
        candidate.adapted.origin = entry.origin
        return Contender(candidate)

    def test(
        self,
        planned: PlannedCell,
        racer: Racer | Failure,
        metrics: dict[str, Metric],
        *,
        keep: bool,
    ) -> None:
        """Reads the test split for one method whose training has ended, and writes its row.

        Args:
            planned: The cell.
            racer: Its contender, or how it failed.
            metrics: What is computed.
            keep: Whether to save the adapter, which is done before the test split is read.
        """
        contest = self._contest

        def answer() -> Answer:
            assert isinstance(racer, Contender), "a racer that has not failed is a contender"
            if keep:
                racer.candidate.adapted.save(Path(contest.settings.output) / ADAPTER)
            return test(racer.candidate, metrics)

        registry = contest.registry
        result = record(
            racer if isinstance(racer, Failure) else attempt(answer),
            planned,
            self._workbench,
            contest.settings,
            [
                *self._workbench.origins,
                registry.methods.get(planned.cell.method).origin,
                *(registry.metrics.get(name).origin for name in metrics),
            ],
            precision=self._precision,
            device=self._device,
        )
        registry.cell_finished(result)


def finish(racer: Racer | Failure) -> Racer | Failure:
    """Trains a contender to the end; returns it, or how it failed."""
    if not isinstance(racer, Contender):
        return racer
    ended = attempt(racer.candidate.finish)
    return ended if isinstance(ended, Failure) else racer


def check_defined(metric: Metric, workbench: Workbench) -> None:
    """Raises `DataError` where the validation split cannot tell methods apart by a metric."""
    rows = workbench.splits.val
    classes = len(workbench.table.classes)
    even = torch.full((len(rows), classes), 1 / classes)
    metric.check_applies(torch.from_numpy(workbench.table.labels[rows]))
    value = point(metric, workbench.predictions(rows, even))
    if value != value:
        raise DataError(
            f"{metric.spec.name} is undefined on the validation split, so it cannot choose",
            where=f"{workbench.bundle.dataset.name}: {counted(len(rows), 'image')} to validate on",
            expected="images of more than one class",
            mend="put some of each class into the validation split",
        )
