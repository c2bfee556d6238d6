"""What ``medpeft show`` tells of protocols."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from medpeft_sdk.api import prepare
from medpeft_sdk.cli.main import app
from medpeft_sdk.planning import find_protocol, protocol_hash
from medpeft_sdk.registry import load_registry
from tests.cli.conftest import Run
from tests.cli.test_bad_input import image_folder

OWN = """
name = "mine"
version = 2
title = "Mine"
extends = "quick"
datasets = ["phantom_dermoscopy", "folder:/x/images"]
subsets = ["4shot"]
seeds = [0, 1, 2]
"""


def shown(name: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["show", "protocol", name, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_protocol_is_shown_with_its_hash_its_cells_and_its_file() -> None:
    paper = find_protocol("paper", load_registry())
    data = shown("paper")
    assert (data["version"], data["hash"]) == (paper.version, protocol_hash(paper))
    assert "a summary of the paper" in Path(data["file"]).read_text("utf-8")
    axes = (paper.datasets, paper.backbones, paper.subsets, paper.seeds)
    sizes = [len(axis) for axis in axes]
    assert data["cells"] == sizes[0] * sizes[1] * sizes[2] * sizes[3]
    assert data["plugin"]["distribution"] == "medpeft-sdk"


def test_a_file_is_shown_as_a_registered_protocol_is(medpeft_here: Run, tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(OWN)
    done = medpeft_here("show", "protocol", "my.toml")
    assert done.returncode == 0, done.stderr
    quick = find_protocol("quick", load_registry())
    each = 2 * len(quick.backbones) * 3
    assert "protocol mine" in done.stdout
    assert f"{each} a method: 2 datasets × 1 backbone" in done.stdout
    assert str(tmp_path / "my.toml") in "".join(done.stdout.split())
    assert medpeft_here("show", "protocol", "none.toml").returncode == 2


def test_the_hash_that_is_shown_is_the_one_of_the_results(tmp_path: Path) -> None:
    image_folder(tmp_path / "images")
    (tmp_path / "my.toml").write_text(OWN.replace("/x/images", str(tmp_path / "images")))
    told = shown(str(tmp_path / "my.toml"))
    evaluation = prepare(["linear"], str(tmp_path / "my.toml"))
    assert evaluation.settings.protocol.hash == told["hash"]
    assert evaluation.settings.protocol.name == "mine"
    changed = prepare(["linear"], str(tmp_path / "my.toml"), seeds=[7])
    assert changed.settings.protocol.name == "mine_custom"
