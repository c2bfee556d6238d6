from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from medpeft_sdk.cli.main import main

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def medpeft(tmp_path: Path) -> Run:
    """Runs the command line in a process of its own, as a user does."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "MEDPEFT_CONFIG_DIR": str(tmp_path / "config"),
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
            "COLUMNS": "160",
        }
        environment.pop("MEDPEFT_DATA", None)
        return subprocess.run(
            [sys.executable, "-m", "medpeft_sdk.cli", *arguments],
            cwd=tmp_path,
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=600,
        )

    return run


@pytest.fixture
def medpeft_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Runs the command line in this process: to start one takes longer than to be refused."""
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEDPEFT_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.delenv("MEDPEFT_DATA", raising=False)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["medpeft", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        told = capfd.readouterr()
        assert isinstance(end.value.code, int)
        return subprocess.CompletedProcess(arguments, end.value.code, told.out, told.err)

    yield run
    signal.signal(signal.SIGTERM, handler)


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


FAST = (
    "--set=min_steps=4",
    "--set=max_steps=4",
    "--set=validations=1",
    "--set=image_size=32",
    "--fraction=4shot",
)
"""Cells that take a second: what they answer does not matter."""
