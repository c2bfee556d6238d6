"""What a run looks like while it goes on: one line per worker, and overall progress."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

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

from medpeft_sdk.cli.console import err, human_seconds
from medpeft_sdk.execution import Event


def cell_label(event: Event) -> str:
    """Names a cell in few words, such as ``lora 16shot seed 0 · busi · timm/resnet50``."""
    cell = event.cell.cell
    return (
        f"{cell.method} {cell.subset} seed {cell.seed} · {cell.dataset.name} · {cell.backbone.name}"
    )


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
    """Live bars on a terminal; elsewhere one plain line for each finished cell."""

    def __init__(self, cells: int) -> None:
        self._live = sys.stderr.isatty()
        super().__init__(live=self._live)
        self._cells, self._done, self._started = cells, 0, time.monotonic()
        self._overall: TaskID | None = None
        self._workers: dict[int, TaskID] = {}
        self._decoding: dict[str, TaskID] = {}

    def on_decode(self, dataset: str, at: int, of: int) -> None:
        """Shows how far the decoding of a dataset's images is."""
        if dataset not in self._decoding:
            self._decoding[dataset] = self._progress.add_task(f"decoding {dataset}", total=of)
            if not self._live:
                err.print(f"decoding {of} images of {dataset}")
        self._progress.update(self._decoding[dataset], completed=at, total=of)

    def on_event(self, event: Event) -> None:
        """Shows what a worker does."""
        if self._overall is None:
            self._overall = self._progress.add_task("[bold]cells", total=self._cells)
        if event.kind == "finished":
            self._done += 1
            self._progress.update(self._overall, completed=self._done)
            self._say_finished(event)
            return
        if event.worker not in self._workers:
            self._workers[event.worker] = self._progress.add_task("", total=None)
        task = self._workers[event.worker]
        if event.kind == "started":
            self._progress.reset(task, total=None, description=f"  {cell_label(event)}")
        else:
            self._progress.update(task, completed=event.step, total=event.steps)

    def _say_finished(self, event: Event) -> None:
        assert event.result is not None, "a finished event has a result"
        if self._live and event.result.status == "ok":
            return
        elapsed = human_seconds(time.monotonic() - self._started)
        reason = f": {event.result.reason}" if event.result.reason else ""
        line = f"[{self._done}/{self._cells} {elapsed}] {cell_label(event)} {event.result.status}"
        err.print(f"{line}{reason}", markup=False, soft_wrap=True)


def _bars(*, live: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not live,
    )
