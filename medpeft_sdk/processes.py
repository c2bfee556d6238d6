"""Work that several processes of this machine share."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

SPAWN = multiprocessing.get_context("spawn")
"""New processes start afresh: to fork one that has threads, as tensor libraries do, may hang it."""


def cores() -> int:
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(
    run: Callable[[T], R],
    tasks: Iterable[T],
    *,
    few: int,
    here: Callable[[T], R] | None = None,
) -> list[R]:
    """Runs tasks in this process and, where they are many, in one for each other core as well.

    Args:
        run: A function of a module, so that other processes find it.
        tasks: What it is given; others begin with the first while the next are still made.
        few: Tasks up to which no other process is begun, which takes seconds.
        here: The same for this process, such as with a progress bar.

    Returns:
        Its results in the order of the tasks.
    """
    made, shared, here = 0, _Shared[T, R](), here or run
    with ExitStack() as helpers:
        for made, task in enumerate(tasks, start=1):
            shared.add(made - 1, task)
            if few < made <= few + _helpers():
                # Where no other process can be had, this one does it all.
                with suppress(OSError):
                    helpers.enter_context(_helper(run, shared))
        # Helpers take the first that is left; so the last is taken here, until both meet.
        while (taken := shared.take_last()) is not None:
            shared.results[taken[0]] = here(taken[1])
    # What a helper failed at is done here, where it can be seen why.
    for at, task in shared.lost:
        shared.results[at] = here(task)
    return [shared.results[at] for at in range(made)]


def _helpers() -> int:
    """Returns how many processes may help; one that is bound to its parent may have none."""
    return 0 if multiprocessing.current_process().daemon else cores() - 1


class _Shared(Generic[T, R]):
    """Tasks that are left, by number, and the results of the others."""

    def __init__(self) -> None:
        self.results: dict[int, R] = {}
        self.lost: list[tuple[int, T]] = []
        self._left, self._added = deque[tuple[int, T]](), threading.Semaphore(0)

    def add(self, at: int, task: T) -> None:
        self._left.append((at, task))
        self._added.release()

    def end(self) -> None:
        """Lets all who wait for a task know that there will be none."""
        self._added.release()

    def take_first(self) -> tuple[int, T] | None:
        """Waits for a task; ``None`` where there will be none."""
        self._added.acquire()
        with suppress(IndexError):
            return self._left.popleft()
        self._added.release()  # For the next who waits.
        return None

    def take_last(self) -> tuple[int, T] | None:
        with suppress(IndexError):
            return self._left.pop()
        return None


@contextmanager
def _helper(run: Callable[[T], R], shared: _Shared[T, R]) -> Generator[None]:
    """Begins a process that takes tasks, and waits for the last that it has taken."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_serve, args=(theirs, run), daemon=True)
    with without_main():
        process.start()
    theirs.close()
    thread = threading.Thread(target=_feed, args=(ours, shared), daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        process.terminate()
        raise
    finally:
        shared.end()
        thread.join()
        process.terminate()
        process.join()


def _feed(connection: Connection, shared: _Shared[T, R]) -> None:
    """Hands tasks to a process, one at a time, until it or they have come to an end."""
    while (taken := shared.take_first()) is not None:
        at, task = taken
        try:
            connection.send(task)
            shared.results[at] = connection.recv()
        # It has died, failed at the task or cannot be given it.
        except Exception:
            shared.lost.append(taken)
            return


def _serve(connection: Connection, run: Callable[[T], R]) -> None:
    """Runs in the process that helps; an interrupt is for the one that it helps."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    with suppress(Exception):
        while True:
            connection.send(run(connection.recv()))


@contextmanager
def without_main() -> Generator[None]:
    """Keeps spawn from importing the caller's script again: it may lack a ``__main__`` guard."""
    main = sys.modules["__main__"]
    path, spec = getattr(main, "__file__", None), getattr(main, "__spec__", None)
    try:
        main.__spec__ = None
        if path is not None:
            del main.__file__
        yield
    finally:
        main.__spec__ = spec
        if path is not None:
            main.__file__ = path


def end_with_parent() -> None:
    """Ends this process as soon as the one that began it has ended, however it did."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_wait_and_end, args=(parent.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
