from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medpeft_sdk.results import ResultStore
from tests.results.factory import IDENTITY, make_result

ROOT = Path(__file__).parents[2]
KILLS = 8
SIZE = 300_000

WRITER = f"""
import itertools, pathlib, sys
from medpeft_sdk.results import ResultStore
from tests.results.factory import IDENTITY, make_result

store = ResultStore(pathlib.Path(sys.argv[1]), IDENTITY)
store.create()
finished = store.finished()
print("ready", flush=True)
for seed in itertools.count():
    # Every third cell fails at first, and is replaced by the next run.
    result = make_result(seed=seed)
    if result.cell_id in finished:
        continue
    if seed % 3 == 0 and not store.has(result.cell_id):
        result = make_result(seed=seed, status="failed")
    store.write(result, {{
        "predictions.parquet": b"p" * {SIZE},
        "adapter.safetensors": lambda path: path.write_bytes(b"a" * {SIZE}),
    }})
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_kill_at_any_moment_leaves_whole_results_only(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "results", IDENTITY)
    chance = random.Random(0)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    leftovers = 0
    answers: dict[str, bytes] = {}
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.folder)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment,
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.4))
            writer.send_signal(signal.SIGKILL)
        cells = store.folder / "cells"
        assert sorted(f.name for f in cells.iterdir()) == store.ids()
        for result in store.results():
            store.verify(result.cell_id)
            assert sorted(f.name for f in (cells / result.cell_id).iterdir()) == [
                "adapter.safetensors",
                "predictions.parquet",
                "result.json",
            ]
        leftovers += len(list((store.folder / ".partial").iterdir()))
        # What was final before stands, byte for byte, in the same file.
        for cell_id, identity in answers.items():
            assert (cells / cell_id / "result.json").stat().st_mtime_ns == identity
        answers = {i: (cells / i / "result.json").stat().st_mtime_ns for i in store.finished()}
    assert len(answers) >= KILLS
    assert leftovers, "no kill hit a write; the test proves nothing"
    store.create()
    assert not list((store.folder / ".partial").iterdir())
    assert store.write(make_result(seed=10**6)).cell_id in store.finished()
