from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import medpeft_sdk
from tests.cli.conftest import FAST, Run, answer

TROUBLE = """
from medpeft_sdk import hookimpl
from medpeft_sdk.specs import MethodSpec

@hookimpl
def medpeft_register_methods(register):
    for name in ("raises", "dies", "leaves", "diverges", "nowhere", "needy"):
        register(
            MethodSpec(
                name=name, title=name, kind="additive", formula="none",
                families=("transformer",), learning_rate=1e-3, identity_at_initialisation=True,
            ),
            f"trouble.methods:{name.title()}" if name != "nowhere" else "trouble.none:None",
        )
    register(
        MethodSpec(
            name="convolutional", title="", kind="additive", formula="none", families=("cnn",),
            learning_rate=1e-3, identity_at_initialisation=True,
        ),
        "trouble.methods:Raises",
    )
"""
METHODS = """
import os, signal
import torch
from medpeft_sdk.errors import UnsupportedError
from medpeft_sdk.adaptation import Method

class Raises(Method):
    def adapt(self, model, sites, **hyperparameters):
        raise ZeroDivisionError("a mistake of its author")

class Dies(Method):
    def adapt(self, model, sites, **hyperparameters):
        os.kill(os.getpid(), signal.SIGKILL)

class Diverges(Method):
    def adapt(self, model, sites, **hyperparameters):
        model.norm.weight.data.fill_(float("inf"))
        model.norm.requires_grad_(True)
        return model

class Leaves(Method):
    def adapt(self, model, sites, **hyperparameters):
        raise SystemExit(3)

class Needy(Method):
    def adapt(self, model, sites, **hyperparameters):
        raise UnsupportedError("needy needs 7 blocks: this network has 6")
"""


def install(site: Path, package: str, files: dict[str, str], *requires: str) -> dict[str, str]:
    """Installs a package as pip would; returns the variables under which it is found."""
    (site / package).mkdir(parents=True)
    for name, text in files.items():
        (site / package / name).write_text(dedent(text))
    info = site / f"{package}-1.0.dist-info"
    info.mkdir()
    needs = "".join(f"Requires-Dist: {r}\n" for r in requires)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n{needs}")
    (info / "entry_points.txt").write_text(f"[medpeft_sdk]\n{package} = {package}\n")
    return {"PYTHONPATH": str(site)}


def without_costs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "costs"} for row in rows]


def test_a_row_says_what_was_run_what_came_out_and_what_it_cost(medpeft: Run) -> None:
    (row,) = answer(medpeft("evaluate", "--method=bitfit", "--seed=3", "--json", *FAST))["results"]
    assert row["method"] == "bitfit"
    assert row["backbone"] == "embedded/vit_1m"
    assert row["dataset"] == "phantom_ultrasound"
    assert (row["fraction"], row["seed"], row["status"]) == ("4shot", 3, "ok")
    assert row["reason"] is None
    assert row["synthetic"] is True
    auroc = row["metrics"]["auroc"]
    assert 0 <= auroc["low"] <= auroc["value"] <= auroc["high"] <= 1
    assert auroc["n"] > 100
    parameters = row["parameters"]
    assert parameters["head"] < parameters["trainable"] == parameters["stored"]
    assert parameters["added"] == 0
    assert row["costs"]["peak_memory_bytes"] > 2**20
    assert row["costs"]["steps"] == 4


def test_the_same_command_repeats_nothing_and_prints_the_same(medpeft: Run, tmp_path: Path) -> None:
    command = ("evaluate", "--method=linear", "--seed=0", "--seed=1", *FAST)
    first = answer(medpeft(*command, "--json"))
    written = {p: p.stat().st_mtime_ns for p in tmp_path.glob("results/cells/*/*")}
    again = medpeft(*command, "--json")
    assert answer(again) == first
    assert "already in results: 2 of 2 cells" in again.stderr
    assert written == {p: p.stat().st_mtime_ns for p in tmp_path.glob("results/cells/*/*")}


def digests(folder: Path) -> dict[str, dict[str, str]]:
    files = (json.loads(p.read_text()) for p in folder.glob("cells/*/result.json"))
    return {result["cell_id"]: result["files"] for result in files}


def test_an_executor_changes_no_bit_of_an_answer(medpeft: Run, tmp_path: Path) -> None:
    command = ("evaluate", "--json", "--method=lora", "--seed=0", "--seed=1", *FAST)
    serial = answer(medpeft(*command, "--output=a", "--executor=serial"))
    local = answer(medpeft(*command, "--output=b", "--executor=local", "--workers=2"))
    assert without_costs(serial["results"]) == without_costs(local["results"])
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    seeds = list(digests(tmp_path / "a").values())
    assert seeds[0]["adapter.safetensors"] != seeds[1]["adapter.safetensors"]


def test_whatever_a_method_does_it_ends_as_a_row_with_a_reason(
    medpeft: Run, tmp_path: Path
) -> None:
    site = install(tmp_path / "site", "trouble", {"__init__.py": TROUBLE, "methods.py": METHODS})
    names = ("raises", "dies", "leaves", "diverges", "nowhere", "needy", "convolutional", "linear")
    done = medpeft(
        "evaluate",
        *(f"--method={name}" for name in names),
        *("--seed=0", "--executor=local", "--workers=2", "--json", *FAST),
        **site,
    )
    assert done.returncode == 1
    rows = {row["method"]: row for row in json.loads(done.stdout)["results"]}
    assert list(rows) == list(names)
    expected = {
        "raises": ("failed", "ZeroDivisionError: a mistake of its author"),
        "dies": ("failed", "signal 9"),
        "leaves": ("failed", "SystemExit: 3"),
        "diverges": ("diverged", "loss was"),
        "nowhere": ("failed", "cannot be loaded"),
        "needy": ("unsupported", "needy needs 7 blocks"),
        "convolutional": ("unsupported", "does not support the family transformer"),
        "linear": ("ok", None),
    }
    for name, (status, reason) in expected.items():
        assert rows[name]["status"] == status, rows[name]
        assert (reason is None) == (rows[name]["reason"] is None)
        assert reason is None or reason in rows[name]["reason"]
    logs = [p.read_text() for p in (tmp_path / "results").glob("cells/*/traceback.txt")]
    assert any("ZeroDivisionError" in log for log in logs)
    table = medpeft("results", "show", COLUMNS="80", **site).stdout
    assert "4shot raises: 1 failed: ZeroDivisionError: a mistake of its author" in table


def test_where_no_method_fits_nothing_was_evaluated(medpeft: Run) -> None:
    arguments = ("--method=difffit", "--backbone=embedded/resnet_1m", "--seed=0")
    done = medpeft("evaluate", *arguments, "--json")
    assert done.returncode == 2
    assert [row["status"] for row in json.loads(done.stdout)["results"]] == ["unsupported"]
    assert "no method fits its backbone" in done.stderr
    assert "difffit does not support the family cnn" in done.stderr
    ranked = medpeft("results", "rank")
    assert ranked.returncode == 2 and not ranked.stdout
    assert "no method has an answer" in ranked.stderr


def test_where_no_method_learns_the_task_the_dataset_is_blamed(medpeft_here: Run) -> None:
    arguments = ("evaluate", "--method=lora", "--dataset=phantom_report", "--seed=0", "--dry-run")
    done = medpeft_here(*arguments)
    assert done.returncode == 2
    assert "unsupported: lora does not support text_to_image" in done.stdout
    assert "no method learns text to image" in done.stderr
    assert "the dataset phantom_report" in done.stderr and "--dataset folder:PATH" in done.stderr
    assert "backbone" not in done.stderr and "about" not in done.stderr


def test_broken_plugins_leave_everything_else_working(medpeft: Run, tmp_path: Path) -> None:
    site = tmp_path / "site"
    taken = TROUBLE.replace('"raises", "dies", "leaves"', '"linear"').replace(
        '"convolutional"', '"bitfit"'
    )
    loud = "print('hello')\nraise RuntimeError('it does not work here')"
    install(site, "broken", {"__init__.py": loud})
    install(site, "thief", {"__init__.py": taken})
    variables = install(site, "tomorrow", {"__init__.py": ""}, "medpeft-sdk>=99")
    listed = medpeft("list", "methods", "--json", **variables)
    problems = "\n".join(answer(listed)["problems"])
    assert "broken (broken 1.0) was not loaded: RuntimeError: it does not work here" in problems
    assert "it needs medpeft-sdk>=99" in problems
    assert "'linear' is claimed by medpeft-sdk" in problems
    assert "thief 1.0" in problems
    names = {m["name"] for m in answer(listed)["methods"]}
    assert {"lora", "full"} <= names
    assert not {"linear", "bitfit"} & names

    table = medpeft("list", "methods", **variables)
    assert table.returncode == 0
    assert "it does not work here" in table.stderr

    doctor = medpeft("plugins", "doctor", **variables)
    assert doctor.returncode == 1
    assert "FAILED   broken" in doctor.stdout
    assert "raise RuntimeError('it does not work here')" in doctor.stdout
    assert "claimed by" in doctor.stdout

    chosen = medpeft("evaluate", "--method=linear", **variables)
    assert chosen.returncode == 2
    assert "medpeft plugins disable thief" in chosen.stderr
    for name in ("thief", "broken", "tomorrow"):
        assert medpeft("plugins", "disable", name, **variables).returncode == 0
    healthy = answer(medpeft("list", "methods", "--json", **variables))
    assert {"linear", "bitfit"} <= {m["name"] for m in healthy["methods"]}
    assert healthy["problems"] == []
    assert medpeft("plugins", "doctor", **variables).returncode == 0
    assert medpeft("plugins", "enable", "broken", **variables).returncode == 0
    assert answer(medpeft("list", "methods", "--json", **variables))["problems"]


def test_a_dry_run_counts_and_estimates_and_writes_nothing(medpeft: Run, tmp_path: Path) -> None:
    command = ("evaluate", "--dry-run", "--method=linear", "--method=full", "--set=epochs=1", *FAST)
    plan = answer(medpeft(*command, "--json"))
    assert plan["count"] == len(plan["cells"]) == 6
    assert plan["estimated_seconds"] > 0
    table = medpeft(*command)
    assert "6 cells, about" in table.stderr
    assert "decides only above" not in table.stderr
    assert not (tmp_path / "results").exists()


def test_a_dry_run_counts_cells_of_datasets_that_are_not_here(
    medpeft: Run, medpeft_here: Run
) -> None:
    sets = ("--dataset=phantom_ultrasound", "--dataset=busi")
    command = ("evaluate", "--dry-run", "--method=linear", "--seed=0", *FAST, *sets)
    plan = answer(medpeft(*command, "--json"))
    assert (plan["count"], len(plan["cells"]), plan["absent"]) == (2, 1, ["busi"])
    assert plan["estimated_seconds"] > 0
    told = medpeft_here(*command)
    assert "quick_custom: 2 cells" in told.stdout
    assert "not here: busi; 1 cell of each" in told.stderr and "1 cell, about" in told.stderr


def test_a_dry_run_counts_a_grid_of_which_nothing_is_here(medpeft_here: Run) -> None:
    command = ("evaluate", "--dry-run", "--protocol=full")
    alone = medpeft_here(*command, "--method=linear", "--method=lora")
    assert alone.returncode == 0, alone.stderr
    assert "full: 700 cells" in alone.stdout
    assert "700 cells, none of which can be timed" in alone.stderr
    unnamed = medpeft_here(*command)
    assert unnamed.returncode == 2 and "--method linear --method lora" in unnamed.stderr


def test_epochs_that_the_least_steps_overrule_are_told(medpeft: Run) -> None:
    settings = ("--set=epochs=1", "--set=image_size=32")
    told = medpeft("evaluate", "--dry-run", "--method=linear", "--seed=0", *settings)
    assert "epochs=1 decides only above 60 steps" in told.stderr


def test_a_dry_run_looks_at_the_results_folder(medpeft: Run, tmp_path: Path) -> None:
    command = ("evaluate", "--method=linear", "--method=full", "--seed=0", *FAST)
    answer(medpeft("evaluate", "--method=linear", "--seed=0", "--json", *FAST))
    assert "already in results: 1 of 2 cells" in medpeft(*command, "--dry-run").stderr
    (tmp_path / "taken").write_text("")
    refused = medpeft(*command, "--dry-run", "--output=taken")
    assert refused.returncode == 2 and "taken" in refused.stderr


def test_results_can_be_shown_and_taken_elsewhere(medpeft: Run, tmp_path: Path) -> None:
    answer(medpeft("evaluate", "--method=linear", "--seed=0", "--json", *FAST))
    shown = medpeft("results", "show")
    assert "linear" in shown.stdout
    assert "synthetic" in shown.stdout
    assert len(answer(medpeft("results", "show", "--json"))["results"]) == 1
    for name, word in {"csv": "auroc_low", "json": '"auroc"', "latex": r"\toprule"}.items():
        file = tmp_path / f"table.{name}"
        assert medpeft("results", "export", f"--format={name}", "-o", str(file)).returncode == 0
        assert word in file.read_text()


def test_every_kind_can_be_listed_and_shown(medpeft: Run) -> None:
    for kind, name in {
        "methods": "lora",
        "datasets": "busi",
        "backbones": "embedded/vit_1m",
        "metrics": "auroc",
        "protocols": "quick",
        "executors": "local",
    }.items():
        listed = answer(medpeft("list", kind, "--json"))[kind]
        assert name in {entry["name"] for entry in listed}
        assert name in medpeft("list", kind).stdout
        assert answer(medpeft("show", kind.removesuffix("s"), name, "--json"))["name"] == name
        assert name in medpeft("show", kind.removesuffix("s"), name).stdout


@pytest.mark.parametrize("kind", ["method", "dataset", "cell", "result"])
def test_the_json_schema_of_a_spec_is_printed(kind: str, medpeft: Run) -> None:
    schema = answer(medpeft("schema", kind))
    assert schema["additionalProperties"] is False
    assert schema["properties"]


def test_python_does_the_same(tmp_path: Path) -> None:
    run = medpeft_sdk.evaluate(
        "linear",
        seeds=[0],
        subsets=["4shot"],
        settings={"min_steps": 4, "max_steps": 4, "validations": 1, "image_size": 32},
        output=tmp_path / "results",
    )
    (result,) = run.results
    assert result.status == "ok"
    assert result.metrics["auroc"].value is not None
    assert result.training is not None
    assert result.training.test_reads == 1
    assert run.repeated == 0
