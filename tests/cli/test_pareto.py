from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medpeft_sdk.analysis import COSTS
from medpeft_sdk.cli.main import app
from medpeft_sdk.results import ResultStore
from tests.analysis.test_pareto import make_costs, priced
from tests.evaluation.conftest import make_predictions
from tests.results.factory import IDENTITY
from tests.results.runs import PROTOCOL, scored

METHODS = {"linear": (1, 0.4), "lora": (4, 2.0), "full": (400, 1.75)}
"""Cost and signal: full fine-tuning is within noise of LoRA, and dearer."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = ResultStore(tmp_path_factory.mktemp("pareto") / "results", IDENTITY)
    store.create()
    store.write_protocol(PROTOCOL, "1" * 64)
    for at, (method, (scale, signal)) in enumerate(METHODS.items()):
        for seed in range(3):
            predictions = make_predictions(n=120, signal=signal, seed=seed + 10 * at)
            made = priced(
                scale,
                method=method,
                seed=seed,
                metrics=scored(predictions),
                costs=make_costs(scale, merges=method != "full"),
            )
            store.write(made, {"predictions.parquet": predictions.to_parquet})
    return store.folder


def pareto(*arguments: object):
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, ["results", "pareto", *map(str, arguments)])


def test_the_front_is_in_the_json(folder: Path) -> None:
    found = pareto(folder, "--cost", "flops", "--json")
    assert found.exit_code == 0, found.output
    data = json.loads(found.stdout)
    assert data["cost"]["name"] == "flops" and data["runs"] == 3
    rows = {row["method"]: row for row in data["methods"]}
    assert list(rows) == ["linear", "lora", "full"]
    assert [row["front"] for row in rows.values()] == ["yes", "yes", "perhaps"]
    assert rows["full"]["dominated_by"] == ["lora"] and rows["full"]["beaten_by"] == []
    score = rows["lora"]["score"]
    assert score["low"] < score["value"] < score["high"]
    assert rows["lora"]["cost"] == 36


def test_no_interval_leaves_the_range_of_the_metric(folder: Path, tmp_path: Path) -> None:
    two = shutil.copytree(folder, tmp_path / "two")
    for file in two.glob("cells/*/result.json"):
        if json.loads(file.read_text())["cell"]["seed"] == 2:
            shutil.rmtree(file.parent)
    data = json.loads(pareto(two, "--json").stdout)
    scores = [row["score"] for row in data["methods"]]
    assert all(0 <= s["low"] < s["value"] < s["high"] <= 1 for s in scores)
    assert any(s["high"] == 1 for s in scores)
    assert "1.000]" in pareto(two).stdout


@pytest.mark.parametrize(("cost", "told"), [("latency", True), ("flops", False)])
def test_costs_that_are_times_are_told_to_be_noisy(folder: Path, cost: str, told: bool) -> None:
    assert ("carry the noise of the machine" in pareto(folder, "--cost", cost).stderr) == told


@pytest.mark.parametrize(
    ("cost", "amount"),
    [
        ("training_time", "8.0 s"),
        ("latency", "40.0 ms"),
        ("trainable", "400"),
        ("flops", "36 FLOP"),
    ],
)
def test_the_table_fits_a_terminal_and_has_units(folder: Path, cost: str, amount: str) -> None:
    found = pareto(folder, "--cost", cost)
    assert found.exit_code == 0, found.output
    (row,) = (line for line in found.stdout.splitlines() if "lora " in line and "yes" in line)
    assert amount in row
    assert max(map(len, found.stdout.splitlines())) <= 80


def test_what_cannot_be_merged_is_told(folder: Path) -> None:
    found = pareto(folder, "--cost", "latency_merged")
    assert "missing: full, busi · timm/resnet18 · 16shot · seed 0, 1, 2 (3 cells)" in found.stdout
    assert "cannot be merged" in found.stdout


def test_the_help_names_every_cost() -> None:
    text = pareto("--help").stdout
    assert [name for name in COSTS if name not in text] == []


def test_an_unknown_cost_is_answered_with_what_there_is(folder: Path) -> None:
    assert "latency" in str(pareto(folder, "--cost", "latncy").exception)
