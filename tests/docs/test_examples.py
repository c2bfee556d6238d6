"""The examples run as they stand."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_loop_of_ones_own(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "own_loop.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    *_, trained, loaded = done.stdout.splitlines()
    accuracy = float(trained.rpartition(" ")[2])
    assert accuracy > 0.9
    assert float(loaded.rpartition(" ")[2]) == accuracy
    assert (tmp_path / "own-loop-adapter" / "README.md").is_file()
