from __future__ import annotations

import json
import shutil
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medpeft_sdk.analysis import UNSCORED, read_scores
from medpeft_sdk.analysis.report import gather
from medpeft_sdk.cli.console import out
from medpeft_sdk.cli.main import app
from medpeft_sdk.cli.ranking import print_ranking, ranking_data
from medpeft_sdk.registry import load_registry
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import ResultSpec, Subset
from tests.results.factory import IDENTITY
from tests.results.runs import SIGNAL, add, make_store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seeds, of which one method lacks the last."""
    store = make_store(tmp_path_factory.mktemp("ranked"), seeds=tuple(range(5)))
    for method in SIGNAL:
        for seed in range(4 + (method != "ssf")):
            add(store, method, seed)
    return store.folder


def rank(*arguments: object):
    return CliRunner().invoke(app, ["results", "rank", *map(str, arguments)])


def test_groups_differences_and_gaps_are_in_the_json(folder: Path) -> None:
    found = rank(folder, "--json")
    assert found.exit_code == 0, found.output
    data = json.loads(found.stdout)
    assert data["groups"] == [["ssf", "lora"], ["linear"]]
    assert [row["group"] for row in data["methods"]] == ["a", "a", "b"]
    lora = data["methods"][1]["difference"]
    assert lora["low"] < lora["value"] < lora["high"]
    assert (lora["seeds"], lora["patients"], lora["cannot_cover"]) == (5, 40, [])
    assert (data["runs"], data["meant_runs"], data["left_out"]) == (4, 5, [])
    assert [row["difference"]["runs"] for row in data["methods"][:2]] == [4, 5]
    assert data["methods"][2]["difference"] is None
    assert "at least two datasets" in data["ranks"]["reason"]
    (gap,) = data["gaps"]
    assert (gap["method"], gap["seed"], gap["reason"]) == ("ssf", 4, "no result")


def test_the_table_says_what_is_missing(folder: Path) -> None:
    found = rank(folder, "--method", "lora", "--method", "ssf", "--reference", "ssf")
    assert found.exit_code == 0, found.output
    assert "4 of 5 runs a method, which all have, on busi" in found.stdout
    where = "busi · timm/resnet18 · 16shot · seed 4 (1 cell)"
    assert f"missing: ssf, {where}: no result" in found.stdout
    assert "all runs that the two have" not in found.stdout
    assert "minus linear, lora: over all runs that the two have" in rank(folder).stdout


def test_what_has_no_result_is_shown_with_the_scores_and_the_comparison(folder: Path) -> None:
    for command in (["show"], ["compare", "lora", "ssf"]):
        arguments = ["results", *command, str(folder)]
        found = CliRunner().invoke(app, arguments)
        assert found.exit_code == 0, found.output
        assert "missing: ssf, busi · timm/resnet18 · 16shot · seed 4 (1 cell): no result" in (
            found.stdout
        )
        (gap,) = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)["missing"]
        assert (gap["method"], gap["seed"]) == ("ssf", 4)


def test_without_the_reference_of_the_protocol_it_is_the_smallest_method(folder: Path) -> None:
    found = rank(folder, "--method", "lora", "--method", "ssf", "--json")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["reference"] == "lora"
    assert "Differences are to lora, and not to the protocol's reference" in found.stderr


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
            add(store, method, seed)
    text = rank(store.folder).stdout
    assert said in text
    data = json.loads(rank(store.folder, "--json").stdout)
    lora = next(row for row in data["methods"] if row["method"] == "lora")["difference"]
    assert lora["cannot_cover"] == ["seeds"]
    assert lora["untested"] and lora["p_holm"] is None
    compared = ["results", "compare", "lora", "linear", str(store.folder), "--json"]
    (row,) = json.loads(CliRunner().invoke(app, compared).stdout)["comparisons"]
    assert row["untested"] and row["p"] is None
    assert "3 of 3 pairs of methods have one seed in common" in text
    assert "one seed: p-values" not in text


def test_what_one_seed_tests_is_said(tmp_path: Path) -> None:
    store = make_store(tmp_path, seeds=(0,))
    for method in SIGNAL:
        add(store, method, 0)
    text = rank(store.folder).stdout
    assert "one seed: p-values and groups hold for these trained networks alone" in text


def test_methods_that_lack_a_backbone_are_ranked_on_the_others(tmp_path: Path) -> None:
    both = ("timm/resnet18", "timm/vit")
    store = make_store(tmp_path, backbones=both)
    for method, backbone in product(SIGNAL, both):
        for seed in range(3):
            if (method, backbone) != ("ssf", "timm/vit"):
                add(store, method, seed, backbone=backbone)
    data = json.loads(rank(store.folder, "--json").stdout)
    assert [row["method"] for row in data["methods"]] == ["lora", "linear"]
    assert (data["runs"], data["left_out"]) == (6, ["ssf"])
    told = rank(store.folder).stdout
    assert "left out: ssf, without an answer on some backbone; --backbone NAME" in told
    data = json.loads(rank(store.folder, "--backbone", "timm/resnet18", "--json").stdout)
    assert {row["method"] for row in data["methods"]} == set(SIGNAL)
    assert (data["runs"], data["left_out"], data["gaps"]) == (3, [], [])
    said = str(rank(store.folder, "--backbone", "timm/resnet8").exception)
    assert "did you mean timm/resnet18" in said


def test_a_score_that_was_changed_by_hand_is_not_believed(folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(folder, tmp_path / "results")
    (file,) = (
        f
        for f in folder.glob("cells/*/result.json")
        if (at := json.loads(f.read_text())["cell"])["method"] == "linear" and at["seed"] == 1
    )
    written = json.loads(file.read_text())
    versus = ["results", "compare", "linear", "lora", str(folder)]
    for score, told in ((0.99, "auroc is 0.99 in it, and 0."), (5.0, "it cannot be")):
        written["metrics"]["auroc"] |= {"value": score, "low": score, "high": score}
        file.write_text(json.dumps(written))
        assert told in str(rank(folder).exception)
        assert f"auroc is {score:g} in it" in str(CliRunner().invoke(app, versus).exception)
    shown = CliRunner().invoke(app, ["results", "show", str(folder)])
    assert shown.exit_code == 2 and "auroc is 5 in it, and 0 to 1 are possible" in shown.stderr
    assert "5.000" not in shown.stdout


def test_a_result_is_not_taken_for_that_of_another_method(folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(folder, tmp_path / "results")
    for file in folder.glob("cells/*/result.json"):
        written = json.loads(file.read_text())
        names = {"lora": "linear", "linear": "lora"}
        written["cell"]["method"] = names.get(written["cell"]["method"], "ssf")
        file.write_text(json.dumps(written))
    assert "not the one that it is filed under" in str(rank(folder).exception)


def test_the_finished_part_of_a_run_is_ranked_by_its_name(tmp_path: Path) -> None:
    subsets = tuple(Subset.model_validate(text) for text in ("16shot", "100%"))
    store = make_store(tmp_path, subsets=subsets)
    for method in ("lora", "linear"):
        for seed in range(3):
            add(store, method, seed)
    add(store, "lora", 0, subset=subsets[1])
    data = json.loads(rank(store.folder, "--fraction", "16shot", "--json").stdout)
    assert (data["runs"], data["meant_runs"], data["gaps"]) == (3, 3, [])
    assert "no subset with results is called '10%'" in str(
        rank(store.folder, "--fraction", "10%").exception
    )
    told = rank(store.folder).stdout
    assert "missing: lora, busi · timm/resnet18 · 100% · seed 1, 2 (2 cells)" in told
    assert "missing: linear, busi · timm/resnet18 · 100% · seed 0, 1, 2 (3 cells)" in told
    assert "missing: ssf" not in told
    for method in ("lora", "linear"):
        add(store, method, 1, backbone="timm/vit")
    told = rank(store.folder, "--fraction", "16shot").stdout
    assert "missing: linear, lora, busi · timm/vit · 16shot · seed 0, 2 (2 cells each)" in told


def test_an_unknown_reference_and_an_empty_folder_are_told(folder: Path, tmp_path: Path) -> None:
    assert "lorra" in str(rank(folder, "--reference", "lorra").exception)
    empty = ResultStore(tmp_path / "empty", IDENTITY)
    empty.create()
    assert "no results" in str(rank(empty.folder).exception)


@pytest.mark.parametrize(
    ("format_", "name", "mend"),
    [
        ("csv", "fold.toml", "write --output "),
        ("csv", "x.tex", "add --format latex"),
        ("latex", "x.xlsx", "x.tex"),
        ("json", "x.csv", "add --format csv"),
    ],
)
def test_an_export_is_not_written_under_the_name_of_another_kind(
    folder: Path, tmp_path: Path, format_: str, name: str, mend: str
) -> None:
    precious = tmp_path / name
    precious.write_text("folds = 5")
    arguments = ["results", "export", str(folder), "--format", format_, "-o", str(precious)]
    found = CliRunner().invoke(app, arguments)
    assert found.exit_code != 0 and f"ends in {precious.suffix}" in str(found.exception)
    assert mend in str(found.exception)
    assert precious.read_text() == "folds = 5"


@pytest.mark.parametrize(
    "command", ["show", "rank", "pareto", "export --format=latex", "compare lora linear"]
)
def test_every_command_refuses_a_folder_without_results(command: str, tmp_path: Path) -> None:
    store = make_store(tmp_path)
    found = CliRunner().invoke(app, ["results", *command.split(), str(store.folder)])
    assert not found.stdout
    assert str(found.exception).startswith("there are no results\n")


def test_all_of_a_table_is_seen_on_eighty_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(out, "_width", 80)
    methods = ("norm_bias_attention", "lora", "linear")
    versus = {
        "value": -0.123,
        "low": -0.234,
        "high": -0.012,
        "probability": 0.0001,
        "p_holm": 0.0001,
        "cannot_cover": [],
        "runs": 8,
        "untested": False,
        "seeds": 5,
        "patients": 10_015,
    }
    found = (versus, versus | {"probability": 0.9999}, None)
    rows = [
        {"method": m, "mean": 0.5, "group": "abcdefghijklmnop", "difference": difference}
        for m, difference in zip(methods, found, strict=True)
    ]
    ranks = {
        "methods": methods,
        "ranks": (1.2, 22.4, 2.5),
        "datasets": ["busi", "smdg"],
        "friedman_p": 0.135,
        "critical_difference": 2.34,
        "smallest_p": 0.5,
        "level": 0.95,
    }
    data = {"metric": "balanced_accuracy", "reference": "linear", "runs": 8, "meant_runs": 8}
    data |= {"pairs": 3, "untested_pairs": 0, "left_out": [], "few_patients": {}}
    data |= {"datasets": ["busi", "smdg"], "methods": rows, "ranks": ranks}
    print_ranking(data, ())
    printed = capsys.readouterr().out
    (row,) = (line for line in printed.splitlines() if line.startswith("norm_bias_attention"))
    for seen in ("0.500", "abcde ", "1.2", "-0.123 [-0.234, -0.012]", "<0.001  <0.001"):
        assert seen in row
    assert len(row) <= 80
    assert "n: 5 × 10,015" in printed and "better" in printed
    assert ">0.999  <0.001" in printed


def test_a_ranking_is_the_same_without_the_fields_that_none_reads(folder: Path) -> None:
    store, entry = ResultStore(folder, IDENTITY), load_registry().metrics.get("auroc")
    metric = entry.load()(entry.spec)
    light, _ = store.sound_and_damaged(without=UNSCORED)
    assert light and not any(result.costs or result.training for result in light)
    assert all(ResultSpec.from_json(r.to_json(), where=r.cell_id) == r for r in light)
    said = [
        json.dumps(ranking_data(read_scores(store, metric, results=results), "linear"))
        for results in (light, None)
    ]
    assert said[0] == said[1]


def test_one_of_several_protocols_is_chosen_by_its_name_or_hash(
    folder: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(folder, tmp_path / "results")
    store = ResultStore(folder, IDENTITY)
    fields = {"name": "quick_custom", "ruleset": "tuned", "trials": 4, "metrics": ("auroc",)}
    own = store.read_protocol("1" * 64)
    store.write_protocol(own.model_copy(update=fields), "2" * 64)
    add(store, "lora", 7)
    (file,) = (f for f in folder.glob("cells/*/result.json") if '"seed": 7' in f.read_text())
    written = json.loads(file.read_text())
    written["protocol"] |= {"name": "quick_custom", "hash": "2" * 64, "ruleset": "tuned"}
    file.write_text(json.dumps(written))
    for command in (["rank"], ["pareto"]):
        told = CliRunner().invoke(app, ["results", *command, str(folder)])
        said = str(told.exception)
        assert "quick 11111111: ruleset fixed; metrics accuracy; trials none" in said
        assert "quick_custom 22222222: ruleset tuned; metrics auroc; trials 4" in said
        assert "--protocol 11111111" in said
        for chosen in ("quick", "1111"):
            arguments = ["results", *command, str(folder), "--protocol", chosen, "--json"]
            data = json.loads(CliRunner().invoke(app, arguments).stdout)
            assert {row["method"] for row in data["methods"]} == set(SIGNAL)
    both = ["results", "compare", "lora", "linear", str(folder)]
    assert "never mixed" in str(CliRunner().invoke(app, both).exception)
    (row,) = json.loads(CliRunner().invoke(app, [*both, "--protocol=quick", "--json"]).stdout)[
        "comparisons"
    ]
    assert row["seeds"] == [0, 1, 2, 3, 4]
    show = ["results", "show", str(folder)]
    both = CliRunner().invoke(app, show)
    assert "protocol quick 11111111, fixed" in both.stdout
    assert "protocol quick_custom 22222222, fixed" in both.stdout
    quick = CliRunner().invoke(app, [*show, "--protocol=quick", "--json"])
    assert 7 not in {row["seed"] for row in json.loads(quick.stdout)["results"]}
    assert "did you mean quick" in str(rank(folder, "--protocol", "quik").exception)
    evidence = gather(store, load_registry(), metric="auroc", resamples=0, of="quick")
    assert {result.protocol.hash for result in evidence.results} == {"1" * 64}


@pytest.mark.parametrize("trials", [None, 8])
def test_the_rules_by_which_hyperparameters_were_chosen_are_said(
    tmp_path: Path, trials: int | None
) -> None:
    rules = {"ruleset": "tuned", "trials": trials} if trials else {}
    store = make_store(tmp_path, seeds=(0,), **rules)
    for method in ("lora", "linear"):
        add(store, method, 0)
    said = rank(store.folder)
    assert "auroc: 1 run a method on busi" in said.stdout
    assert ("hyperparameters: tuned, 8 trials" in said.stdout) == bool(trials)
    data = json.loads(rank(store.folder, "--json").stdout)
    assert data["rules"] == ("tuned, 8 trials" if trials else "fixed")


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
