"""What a run looks like while it goes on: one line per worker, and overall progress."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from medpeft_sdk.cli.console import err
from medpeft_sdk.specs import SEARCH_SEED
from medpeft_sdk.units import counted, human_seconds

if TYPE_CHECKING:
    from medpeft_sdk.execution import Event


def cell_label(event: Event) -> str:
    """Names a cell in few words, such as ``lora 16shot seed 0 · busi · timm/resnet50``."""
    cell = event.cell.cell
    run = "search" if cell.seed == SEARCH_SEED else f"seed {cell.seed}"
    return f"{cell.method} {cell.subset} {run} · {cell.dataset.name} · {cell.backbone.name}"


class Shown:
    """Bars that are shown inside of a ``with`` block."""

    def __init__(self, *, live: bool) -> None:
        self._progress = _bars(live=live)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()


class Counts(Shown):
    """Bars that show how much of something is done; nothing where there is no terminal."""

    def __init__(self) -> None:
        super().__init__(live=sys.stderr.isatty())
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, name: str, done: int, of: int) -> None:
        """Shows how far one thing is."""
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=of)
        self._progress.update(self._tasks[name], completed=done, total=of)


class RunDisplay(Shown):
    """Live bars on a terminal; elsewhere one plain line for each finished cell and trial."""

    def __init__(self, cells: int, trials: int = 0) -> None:
        self._live = sys.stderr.isatty()
        super().__init__(live=self._live)
        self._started = time.monotonic()
        self._total = {"trials": trials, "cells": cells}
        self._done = dict.fromkeys(self._total, 0)
        self._overall: dict[str, TaskID] = {}
        self._workers: dict[int, TaskID] = {}
        self._decoding: dict[str, TaskID] = {}

    def on_decode(self, dataset: str, at: int, of: int) -> None:
        """Shows how far the decoding of a dataset's images is."""
        if dataset not in self._decoding:
            self._decoding[dataset] = self._progress.add_task(f"decoding {dataset}", total=of)
            if not self._live:
                err.print(f"decoding {counted(of, 'image')} of {dataset}")
        self._progress.update(self._decoding[dataset], completed=at, total=of)

    def on_event(self, event: Event) -> None:
        """Shows what a worker does."""
        for what, total in self._total.items():
            if total and what not in self._overall:
                self._overall[what] = self._progress.add_task(what, total=total)
        if event.trial is not None:
            self._count("trials", event, event.trial.status, event.trial.reason)
            return
        if event.kind == "finished":
            if event.result is not None:
                self._count("cells", event, event.result.status, event.result.reason)
            return
        if event.worker not in self._workers:
            self._workers[event.worker] = self._progress.add_task("", total=None)
        task = self._workers[event.worker]
        if event.kind == "started":
            self._progress.reset(task, total=None, description=f"  {cell_label(event)}")
        else:
            self._progress.update(task, completed=event.step, total=event.steps)

    def _count(self, what: str, event: Event, status: str, reason: str | None) -> None:
        """Moves the bar of trials or of cells; says what a live display does not show."""
        self._done[what] += 1
        done, total = self._done[what], self._total[what]
        if what in self._overall:
            self._progress.update(self._overall[what], completed=done)
        if self._live and status in ("ok", "pruned"):
            return
        elapsed = human_seconds(time.monotonic() - self._started)
        line = f"[{done}/{total} {elapsed}] {cell_label(event)} {status}"
        err.print(f"{line}: {reason}" if reason else line, soft_wrap=True)


def _bars(*, live: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not live,
    )
