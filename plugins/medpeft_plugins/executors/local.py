"""A pool of warm processes on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from medpeft_sdk.errors import MedpeftError
from medpeft_sdk.execution import Event, Executor, OnEvent, RunSettings, report_crash
from medpeft_sdk.planning import Bundle, PlannedCell
from medpeft_sdk.processes import SPAWN, end_with_parent, without_main


@dataclass
class _Member:
    """One process of the pool, as its parent sees it."""

    number: int
    process: BaseProcess
    connection: Connection
    bundle: int | None = None
    cell: PlannedCell | None = None


@dataclass
class _Queue:
    """The cells that wait, by bundle; a worker stays with its bundle while it can."""

    bundles: Sequence[Bundle]
    waiting: dict[int, deque[PlannedCell]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.waiting = {i: deque(b.cells) for i, b in enumerate(self.bundles)}

    def take(self, bundle: int | None) -> tuple[int, PlannedCell] | None:
        if bundle is None or not self.waiting[bundle]:
            bundle = max(self.waiting, key=lambda i: len(self.waiting[i]))
        return (bundle, self.waiting[bundle].popleft()) if self.waiting[bundle] else None


class Local(Executor):
    """Hands cells to idle workers; each keeps its backbone and images from cell to cell."""

    def check_device(self, name: str) -> None:
        """Looks for it on this machine."""
        from medpeft_sdk.training import check_device  # Imports PyTorch, as only workers do.

        check_device(name)

    def run(
        self, bundles: Sequence[Bundle], settings: RunSettings, *, workers: int, on_event: OnEvent
    ) -> None:
        """Runs all cells; a worker that dies leaves a failed row and is replaced."""
        queue = _Queue(bundles)
        members: list[_Member] = []
        try:
            for number in range(min(workers, sum(len(b.cells) for b in bundles))):
                members.append(_start(number, bundles, settings))
            while _hand_out(members, queue):
                ready = wait([m.connection for m in members if m.cell])
                for at, member in enumerate(members):
                    if member.connection in ready:
                        event = _receive(member, bundles, settings)
                        on_event(event)
                        if event.kind == "finished":
                            member.cell = None
                        if not member.process.is_alive():
                            members[at] = _start(member.number, bundles, settings)
        finally:
            for member in members:
                member.process.terminate()
            for member in members:
                member.process.join()


def _hand_out(members: Sequence[_Member], queue: _Queue) -> bool:
    """Gives each idle worker a cell; tells whether any worker is busy."""
    for member in members:
        if member.cell is None and (taken := queue.take(member.bundle)):
            member.bundle, member.cell = taken
            with suppress(BrokenPipeError):  # A dead worker is noticed, and replaced, on reading.
                member.connection.send(taken)
    return any(m.cell for m in members)


def _receive(member: _Member, bundles: Sequence[Bundle], settings: RunSettings) -> Event:
    """Waits for what a worker says next; its death is the end of its cell, with a failed row."""
    try:
        message = member.connection.recv()
    except EOFError:
        assert member.cell is not None and member.bundle is not None, "a busy worker has a cell"
        member.process.join()
        row = report_crash(
            bundles[member.bundle], member.cell, settings, exit_code=member.process.exitcode
        )
        return Event("finished", member.number, member.cell, result=row)
    if isinstance(message, BaseException):
        raise message
    return message


def _start(number: int, bundles: Sequence[Bundle], settings: RunSettings) -> _Member:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(
        target=_serve, args=(theirs, tuple(bundles), settings, number), name=f"medpeft-{number}"
    )
    with without_main():
        process.start()
    theirs.close()
    return _Member(number, process, ours)


def _serve(
    connection: Connection, bundles: tuple[Bundle, ...], settings: RunSettings, number: int
) -> None:
    """Runs in the worker: takes cells until the parent is gone."""
    end_with_parent()
    try:
        from medpeft_sdk.execution.worker import Worker

        worker = Worker(settings, connection.send, number)
        while True:
            bundle, cell = connection.recv()
            worker.run(bundles[bundle], cell)
    except (EOFError, KeyboardInterrupt):
        return
    except MedpeftError as error:
        connection.send(error)
    # Whatever else it is, the parent raises it where its user can read it.
    except Exception as error:
        connection.send(RuntimeError(f"worker {number}: {type(error).__name__}: {error}"))
