from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import FAST

METHODS, SEEDS = ("linear", "bitfit"), range(6)


SEARCH = ("--ruleset=tuned", "--trials=4")


def command(output: Path, *more: str, seeds: Iterable[int] = SEEDS) -> list[str]:
    return [
        *(sys.executable, "-m", "medpeft_sdk.cli", "evaluate", "--json", f"--output={output}"),
        *(f"--method={m}" for m in METHODS),
        *(f"--seed={s}" for s in seeds),
        *("--executor=local", "--workers=2", *FAST, *more),
    ]


def finished(output: Path) -> dict[str, int]:
    """Each finished cell, and when its result was written."""
    return {p.parent.name: p.stat().st_mtime_ns for p in output.glob("cells/*/result.json")}


def answers(text: str) -> list[dict[str, Any]]:
    rows = json.loads(text)["results"]
    return [{k: v for k, v in row.items() if k != "costs"} for row in rows]


@pytest.mark.slow
def test_a_run_killed_five_times_repeats_nothing_and_ends_as_if_undisturbed(tmp_path: Path) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    started = time.monotonic()
    undisturbed = subprocess.run(
        command(tmp_path / "whole"), env=environment, capture_output=True, text=True
    )
    assert undisturbed.returncode == 0, undisturbed.stderr
    whole = time.monotonic() - started

    output = tmp_path / "killed"
    chance = random.Random(0)
    before: dict[str, int] = {}
    for _ in range(5):
        process = subprocess.Popen(
            command(output), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(whole * chance.uniform(0.3, 0.7))
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(1)  # Workers notice that their parent is gone.
        after = finished(output)
        assert before.items() <= after.items(), "a finished cell was written again"
        before = after

    last = subprocess.run(command(output), env=environment, capture_output=True, text=True)
    assert last.returncode == 0, last.stderr
    assert before.items() <= finished(output).items()
    assert len(finished(output)) == len(METHODS) * len(SEEDS)
    assert answers(last.stdout) == answers(undisturbed.stdout)
    for folder in (output / "cells").iterdir():
        assert {p.name for p in folder.iterdir()} == {
            *("result.json", "predictions.parquet", "adapter.safetensors")
        }


def trials(output: Path) -> dict[str, dict[str, Any]]:
    """Each stored trial, without what no repetition gives again."""
    return {
        str(p.relative_to(output)): {
            k: v for k, v in json.loads(p.read_text()).items() if k not in ("seconds", "created")
        }
        for p in output.glob("searches/*/trial-*.json")
    }


@pytest.mark.slow
def test_a_search_killed_over_and_over_draws_and_finds_what_an_undisturbed_one_does(
    tmp_path: Path,
) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    whole, killed = (
        command(tmp_path / name, *SEARCH, seeds=(0, 1)) for name in ("whole", "killed")
    )
    undisturbed = subprocess.run(whole, env=environment, capture_output=True, text=True)
    assert undisturbed.returncode == 0, undisturbed.stderr

    output = tmp_path / "killed"
    before: dict[str, int] = {}
    # Each life ends as soon as it has left a trial more, most with another half done.
    for life in range(2):
        process = subprocess.Popen(
            killed, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while len(trials(output)) <= life and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(1)  # Workers notice that their parent is gone.
        after = {str(p): p.stat().st_mtime_ns for p in output.glob("searches/*/trial-*.json")}
        assert before.items() <= after.items(), "a finished trial was run again"
        before = after
    assert 2 <= len(before) < 8

    last = subprocess.run(killed, env=environment, capture_output=True, text=True)
    assert last.returncode == 0, last.stderr
    assert len(trials(output)) == 8
    assert trials(output) == trials(tmp_path / "whole")
    assert answers(last.stdout) == answers(undisturbed.stdout)


@pytest.mark.slow
def test_a_run_that_is_asked_to_end_says_how_it_goes_on(tmp_path: Path) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command(tmp_path / "ended"), env=environment, stderr=subprocess.PIPE, text=True
    )
    while not finished(tmp_path / "ended"):
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "keeps finished cells" in said and "Traceback" not in said
