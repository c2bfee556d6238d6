from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def medpeft(tmp_path: Path, cache_folder: Path) -> Run:
    """Runs the command line in a process of its own, as a user does."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "MEDPEFT_CACHE_DIR": str(cache_folder),
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
