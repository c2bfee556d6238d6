"""The code of the page about plugins, installed and run as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "write-a-plugin.md"
BLOCK = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```', flags=re.S | re.M)


def run(folder: Path, *arguments: str) -> str:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]),
        "MEDPEFT_CONFIG_DIR": str(folder / "config"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "medpeft_sdk.cli", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder on the path with the page's package and its metadata."""
    blocks = dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))
    for name, text in blocks.items():
        if name.startswith("others/") or name == "my.toml":
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
    information = tmp_path / "others-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[medpeft_sdk]\nothers = others\n")
    return tmp_path


def test_all_of_it_takes_part_in_a_run(installed: Path) -> None:
    command = ("evaluate", "--protocol=my.toml", "--executor=backwards", "--json")
    found = json.loads(run(installed, *command))["results"]
    assert [(r["method"], r["dataset"], r["backbone"], r["status"]) for r in found] == [
        ("linear", "stripes", "pebble", "ok"),
        ("batchnorm", "stripes", "pebble", "ok"),
    ]
    assert all(0 <= r["metrics"]["hits"]["value"] <= 1 for r in found)


def test_its_command_is_there(installed: Path) -> None:
    assert run(installed, "greet", "hello", "world") == "hello, world\n"
