from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from medpeft_sdk.errors import UnknownNameError
from medpeft_sdk.results import export_text, row, summarise, to_csv, to_json, to_latex
from medpeft_sdk.results.latex import escape
from medpeft_sdk.specs import Inference, Phase, Subset
from tests.results.factory import make_estimate, make_result, make_subgroups

RESULTS = [
    make_result(status="failed", seed=2),
    *(make_result(seed=s, metrics={"auroc": make_estimate(0.7 + s / 10)}) for s in (0, 1)),
    make_result(method="bit_fit", metrics={"auroc": make_estimate(), "f1": make_estimate(None)}),
    make_result(method="bit_fit", dataset="phantom_us", synthetic=True),
]


def test_a_row_is_the_documented_one() -> None:
    found = row(make_result(subset=Subset(fraction=0.1), hyperparameters={"rank": 4}))
    assert json.loads(json.dumps(found)) == found
    assert found == {
        "method": "lora",
        "backbone": "timm/resnet18",
        "dataset": "busi",
        "synthetic": False,
        "skipped": 0,
        "fraction": "10%",
        "seed": 0,
        "hyperparameters": {"rank": 4},
        "learning_rate": None,
        "protocol": "quick",
        "protocol_hash": "1" * 64,
        "ruleset": "fixed",
        "trials": None,
        "status": "ok",
        "reason": None,
        "metrics": {"auroc": {"value": 0.8, "low": 0.75, "high": 0.8 + 0.05, "n": 100}},
        "subgroups": {},
        "parameters": {"trainable": 30, "added": 20, "stored": 30, "head": 10},
        "costs": found["costs"],
        "cell_id": found["cell_id"],
    }


def test_a_cell_without_an_answer_is_a_row_with_its_reason() -> None:
    found = row(make_result(status="diverged"))
    assert (found["status"], found["reason"]) == ("diverged", "it was diverged")
    assert (found["metrics"], found["parameters"], found["costs"]) == ({}, None, None)


def test_csv_is_a_line_a_cell() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv([row(r) for r in RESULTS]))))
    assert len(rows) == len(RESULTS)
    assert rows[0]["status"] == "failed" and rows[0]["auroc"] == ""
    assert float(rows[1]["auroc_low"]) == pytest.approx(0.65)
    assert rows[3]["f1"] == "" and rows[3]["f1_n"] == "100"
    assert rows[4]["synthetic"] == "True"
    assert rows[1]["parameters_trainable"] == "30" and rows[1]["costs_steps"] == "6"


def test_subgroups_are_whole_in_a_row_and_summed_up_in_csv() -> None:
    result = make_result(subgroups={"sex": make_subgroups(0.1)})
    (back,) = csv.DictReader(io.StringIO(to_csv([row(result)])))
    assert (back["auroc_gap_sex"], back["auroc_gap_sex_n"]) == ("0.1", "100")
    assert (back["auroc_worst_sex"], back["auroc_worst_group_sex"]) == ("0.7", "male")
    assert "reason" in back and "auroc_gap_sex_reason" not in back
    kept = json.loads(to_json([row(result)]))["results"][0]["subgroups"]["sex"]
    assert [group["value"] for group in kept["groups"]] == ["female", "male", "unknown"]
    assert kept["groups"][2]["reason"] == "the value is not known"


def test_costs_of_all_levels_are_columns_of_csv() -> None:
    result = make_result()
    assert result.costs
    phases = {"train": Phase(seconds=1.5, memory_bytes=None)}
    merged = Inference(reason="it cannot be merged")
    costs = result.costs.model_copy(update={"phases": phases, "merged": merged})
    measured = result.model_copy(update={"costs": costs})
    (back,) = csv.DictReader(io.StringIO(to_csv([row(measured)])))
    assert back["costs_phases_train_seconds"] == "1.5"
    assert back["costs_merged_reason"] == "it cannot be merged"
    assert "costs_merged_flops" not in back


def test_text_with_commas_and_lines_survives_csv() -> None:
    rows = [row(make_result()) | {"reason": 'a, "b"\nc'}]
    (back,) = csv.DictReader(io.StringIO(to_csv(rows)))
    assert back["reason"] == 'a, "b"\nc'


def test_json_is_one_object_with_the_rows() -> None:
    rows = [row(r) for r in RESULTS]
    assert json.loads(to_json(rows)) == {"results": rows}


def test_latex_has_a_row_a_method_and_names_what_is_synthetic() -> None:
    text = to_latex(summarise(RESULTS), metric="auroc")
    few = r"0.800 [0.750, 0.850]\textsuperscript{1}"
    assert rf"bit\_fit & {few} & {few} \\" in text
    assert "lora & 0.750 [" in text
    assert r"phantom\_us (synthetic)" in text
    assert text.count(r"\\") == 5 + 3


def test_latex_tells_how_many_seeds_and_images_an_entry_is_of() -> None:
    text = to_latex(summarise(RESULTS), metric="auroc")
    assert "mean over 2 seeds" in text and "test images: busi 100" in text
    assert r"0.850]\textsuperscript{1} &" in text.replace(r"\ts", r"\t")
    one = to_latex(summarise(RESULTS[:2]), metric="auroc")
    assert "superscript" not in one and "mean over 1 seed [95" in one


def test_latex_has_a_table_for_each_protocol() -> None:
    other = make_result(method="ssf")
    ref = other.protocol.model_copy(update={"name": "mine", "hash": "2" * 64})
    text = export_text([*RESULTS, other.model_copy(update={"protocol": ref})], "latex")
    assert text.count(r"\begin{tabular}") == 2
    mine, quick = text.split("% protocol ")[1:]
    assert mine.startswith("mine 22222222, fixed") and "ssf" in mine and "lora" not in mine
    assert quick.startswith("quick 11111111, fixed") and "ssf" not in quick


def test_latex_parts_the_settings_of_one_method() -> None:
    results = [
        make_result(hyperparameters={"rank": r, "alpha": 1.0}, metrics={"auroc": make_estimate(v)})
        for r, v in ((4, 0.7), (8, 0.8))
    ]
    text = to_latex(summarise(results))
    assert "lora (rank=4) & 0.700" in text
    assert "lora (rank=8) & 0.800" in text


def test_latex_escapes() -> None:
    assert escape(r"50%_#&{}~^$\x") == (
        r"50\%\_\#\&\{\}\textasciitilde{}\textasciicircum{}\$\textbackslash{}x"
    )


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no LaTeX here")
def test_latex_compiles(tmp_path: Path) -> None:
    head = r"\documentclass{article}\usepackage{booktabs}\begin{document}"
    (tmp_path / "t.tex").write_text(head + to_latex(summarise(RESULTS)) + r"\end{document}")
    subprocess.run(["pdflatex", "-halt-on-error", "t.tex"], cwd=tmp_path, check=True)


def test_every_format_takes_no_results_at_all() -> None:
    assert json.loads(export_text([], "json")) == {"results": []}
    assert export_text([], "csv").strip() == ""
    assert "tabular" in export_text([], "latex")


def test_unknown_formats_and_metrics_are_answered_with_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="csvv"):
        export_text(RESULTS, "csvv")
    with pytest.raises(UnknownNameError, match="did you mean auroc"):
        export_text(RESULTS, "latex", metric="auroc1")
