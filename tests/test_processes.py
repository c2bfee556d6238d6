from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from medpeft_sdk import processes
from medpeft_sdk.processes import share


@pytest.fixture(autouse=True)
def three_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "cores", lambda: 3)


def slow_square(number: int) -> tuple[int, int]:
    time.sleep(0.2)
    return number**2, os.getpid()


def end_elsewhere(parent: int) -> int:
    """Ends every process but the one that asks."""
    if os.getpid() != parent:
        os._exit(1)
    time.sleep(0.2)
    return parent


def refuse(number: int) -> int:
    time.sleep(0.1)
    raise ValueError(f"not {number}")


def test_results_are_in_order_and_from_several_processes() -> None:
    found = share(slow_square, range(40), few=2)
    assert [square for square, _ in found] == [number**2 for number in range(40)]
    assert len({process for _, process in found}) == 3
    assert found[-1][1] == os.getpid()
    assert multiprocessing.active_children() == []


def test_few_tasks_begin_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_helper", None)
    assert share(abs, [-1, -2], few=2) == [1, 2]
    assert share(abs, [], few=0) == []


def test_where_there_is_one_core_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "cores", lambda: 1)
    monkeypatch.setattr(processes, "_helper", None)
    assert share(abs, range(-9, 0), few=0) == list(range(9, 0, -1))


def test_where_no_process_can_be_had_this_one_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(processes, "_helper", refused)
    assert share(abs, range(-9, 0), few=0) == list(range(9, 0, -1))


def test_what_a_dead_process_leaves_is_done_here() -> None:
    assert share(end_elsewhere, [os.getpid()] * 30, few=0) == [os.getpid()] * 30


def test_an_error_is_raised_as_it_is() -> None:
    with pytest.raises(ValueError, match="not"):
        share(refuse, range(9), few=0)
    assert multiprocessing.active_children() == []


def test_a_task_that_no_process_can_be_given_is_done_here() -> None:
    tasks = [lambda: 1, lambda: 2, lambda: 3]
    assert share(call, tasks, few=0) == [1, 2, 3]


def call(function) -> int:
    time.sleep(0.2)
    return function()


def test_this_process_may_have_its_own_way() -> None:
    found = share(slow_square, range(40), few=0, here=lambda number: (number, 0))
    assert found[-1] == (39, 0)


def test_all_who_wait_are_told_of_the_end_at_once() -> None:
    shared = processes._Shared[int, int]()
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(shared.take_first) for _ in range(3)]
        shared.add(0, 7)
        shared.end()
        found = [future.result(timeout=30) for future in waiting]
    assert found.count(None) == 2 and (0, 7) in found


def test_an_interrupt_ends_all_processes() -> None:
    def tasks() -> Iterator[int]:
        yield from range(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        share(slow_square, tasks(), few=0)
    assert multiprocessing.active_children() == []


SCRIPT = """
import os, time
from medpeft_sdk import processes

processes.cores = lambda: 2

def tasks():
    yield from range(3)
    print("begun", flush=True)
    time.sleep({seconds})

print(processes.share(abs, tasks(), few=0), flush=True)
"""


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(seconds=1))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "begun\n[0, 1, 2]\n"


def test_a_process_that_helps_ends_with_the_one_it_helps(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(seconds=60))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == "begun\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        assert children
        parent.kill()
    deadline = time.monotonic() + 30
    while any(map(is_alive, children)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
