from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medpeft_sdk.cli.main import app
from medpeft_sdk.results import ResultStore
from tests.results.factory import IDENTITY, make_estimate
from tests.results.runs import SIGNAL, add, make_store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = make_store(tmp_path_factory.mktemp("ranked"))
    for method, signal in SIGNAL.items():
        for seed in range(2 + (method != "ssf")):
            value = make_estimate(0.5 + signal / 5 + 0.002 * seed * (method == "lora"))
            add(store, method, seed, metrics={"auroc": value})
    return store.folder


def rank(*arguments: object):
    return CliRunner().invoke(app, ["results", "rank", *map(str, arguments)])


def test_groups_differences_and_gaps_are_in_the_json(folder: Path) -> None:
    found = rank(folder, "--json")
    assert found.exit_code == 0, found.output
    data = json.loads(found.stdout)
    assert data["groups"] == [["lora", "ssf"], ["linear"]]
    assert [row["group"] for row in data["methods"]] == ["a", "a", "b"]
    lora = data["methods"][0]["difference"]
    assert lora["low"] < lora["value"] < lora["high"]
    assert (lora["seeds"], lora["patients"], lora["cannot_cover"]) == (3, 40, [])
    assert data["methods"][2]["difference"] is None
    assert "at least two datasets" in data["ranks"]["reason"]
    (gap,) = data["gaps"]
    assert (gap["method"], gap["seed"], gap["reason"]) == ("ssf", 2, "no result")


def test_the_table_says_what_is_missing(folder: Path) -> None:
    found = rank(folder, "--method", "lora", "--method", "ssf", "--reference", "ssf")
    assert found.exit_code == 0, found.output
    assert "2 runs a method on busi" in found.stdout
    where = "busi · timm/resnet18 · 16shot · seed 2 (1 cell)"
    assert f"missing: ssf, {where}: no result" in found.stdout


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        ({"lora": (0,), "ssf": (0,), "linear": (0,)}, "no interval covers seeds"),
        (
            {"lora": (0,), "ssf": (0, 1), "linear": (0, 1)},
            "the interval of lora does not cover seeds",
        ),
    ],
    ids=["all", "lora"],
)
def test_whose_interval_does_not_cover_seeds_is_said(
    tmp_path: Path, seeds: dict[str, tuple[int, ...]], said: str
) -> None:
    store = make_store(tmp_path)
    for method, of in seeds.items():
        for seed in of:
            value = make_estimate(0.5 + SIGNAL[method] / 5 + 0.002 * seed)
            add(store, method, seed, metrics={"auroc": value})
    text = rank(store.folder).stdout
    assert said in text
    data = json.loads(rank(store.folder, "--json").stdout)
    lora = next(row for row in data["methods"] if row["method"] == "lora")["difference"]
    assert lora["cannot_cover"] == ["seeds"]
    alone = len(seeds["ssf"]) > 1
    assert lora["untested"] == alone and (lora["p_holm"] is None) == alone
    assert ("3 of 3 pairs of methods have one seed in common" in text) == alone


def test_an_unknown_reference_and_an_empty_folder_are_told(folder: Path, tmp_path: Path) -> None:
    assert "lorra" in str(rank(folder, "--reference", "lorra").exception)
    empty = ResultStore(tmp_path / "empty", IDENTITY)
    empty.create()
    assert "no results" in str(rank(empty.folder).exception)


@pytest.mark.parametrize("damage", ["missing", "cut", "flipped", "result"])
@pytest.mark.parametrize("command", ["show", "rank", "compare"])
def test_a_damaged_result_is_left_out_named_and_makes_the_command_fail(
    folder: Path, tmp_path: Path, command: str, damage: str
) -> None:
    folder = shutil.copytree(folder, tmp_path / "results")
    (cell,) = (
        file.parent
        for file in folder.glob("cells/*/result.json")
        if (at := json.loads(file.read_text())["cell"])["method"] == "lora" and at["seed"] == 2
    )
    file = cell / ("result.json" if damage == "result" else "predictions.parquet")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {"missing": None, "cut": content[:-1], "flipped": content, "result": b"{"}[damage]
    file.unlink() if damaged is None else file.write_bytes(damaged)
    named = ["--method", "lora", "--method", "linear"]
    arguments = {"show": [], "rank": named, "compare": ["lora", "linear"]}[command]
    for output in ([], ["--json"]):
        found = CliRunner().invoke(app, ["results", command, *arguments, str(folder), *output])
        if command == "show" and damage == "flipped":
            # A table of scores reads no predictions; what reads them finds it.
            assert found.exit_code == 0
            continue
        assert found.exit_code == 2, found.output
        assert "a stored result is damaged" in found.stderr
        assert str(file) in found.stderr.replace("\n", "")
        assert "linear" in found.stdout
