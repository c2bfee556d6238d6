from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from medpeft_sdk import processes
from medpeft_sdk.analysis import Ties, difference, gains, standing
from medpeft_sdk.analysis.report import Evidence, Written, gather, write, write_report
from medpeft_sdk.analysis.report.parts import Absent, Caution, Findings
from medpeft_sdk.analysis.report.sections import SECTIONS, findings, methods, missing, ranks, run
from medpeft_sdk.analysis.report.sections import gains as gain_section
from medpeft_sdk.errors import DataError, StoreError, UnknownNameError
from medpeft_sdk.planning import find_protocol, protocol_hash
from medpeft_sdk.registry import load_registry
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import Estimate, ResultSpec
from tests.analysis.report.folder import NO_ANSWER, make_folder
from tests.results.factory import IDENTITY


def claims(evidence: Evidence) -> str:
    parts = [p for p in findings.section(evidence).parts if isinstance(p, Findings)]
    return "\n".join(f"{f.claim} {f.basis}" for part in parts for f in part.findings)


def cautions(evidence: Evidence) -> str:
    parts = findings.section(evidence).parts
    return "\n".join(part.text for part in parts if isinstance(part, Caution))


def rows(written: Written, name: str) -> list[dict[str, str]]:
    with (written.assets / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_findings_say_what_was_planted_with_n_and_interval(evidence: Evidence) -> None:
    said = claims(evidence)
    assert re.search(r"(lora|ssf) has the highest auroc, 0\.\d{3} \[0\.\d{3}, [01]\.\d{3}\]", said)
    assert "cannot be told apart from it" in said
    assert "Of 3 methods compared with linear, 3 are better, 0 worse" in said
    assert "2 datasets" in said and "n = 60" in said
    assert "1 of 48 cells" not in cautions(evidence) and "2 of 48 cells" in cautions(evidence)


def test_a_difference_that_more_comparisons_take_away_is_told_with_the_finding(
    evidence: Evidence,
) -> None:
    overall = evidence.overall
    assert isinstance(overall.ties, Ties)

    def said(*groups: tuple[str, ...]) -> str:
        other = replace(overall, ties=replace(overall.ties, groups=groups))
        return claims(replace(evidence, overall=other))

    some = said(("ssf", "lora"), ("lora", "full", "linear"))
    assert "Of 3 methods compared with linear, 3 are better" in some
    assert "Where all 6 pairs are tested" in some
    assert "full and lora cannot be told apart from linear." in some
    assert "Where all" not in said(("ssf", "lora", "full"), ("linear",))


def test_where_no_method_is_above_the_reference_the_nearest_is_named(tmp_path: Path) -> None:
    store = make_folder(tmp_path / "results", signals={"linear": 1.5, "lora": 0.6, "ssf": 0.4})
    said = claims(gather(store, load_registry()))
    assert "0 are better" in said and "largest difference for the better" not in said
    assert re.search(r"nearest to it is lora, \u22120\.", said)


def test_every_section_has_a_word(evidence: Evidence) -> None:
    made = [make(evidence) for make in SECTIONS]
    assert all(section.parts for section in made)
    assert len({section.anchor for section in made}) == len(made)


def test_tables_hold_the_numbers_of_the_statistics(evidence: Evidence, written: Written) -> None:
    by_method = {row["method"]: row for row in rows(written, "methods.csv")}
    expected = difference(evidence.scores, "lora", "linear").mean.here
    assert float(by_method["lora"]["minus linear [95 %]"]) == expected.value
    assert by_method["linear"]["minus linear [95 %]"] == ""
    (gain,) = [
        g for g in gains(evidence.scores) if (g.method, g.condition.fraction) == ("lora", "16shot")
    ]
    row = rows(written, "gains-timm-resnet18.csv")[1]
    assert (row["method"], float(row["16shot"])) == ("lora", gain.share.here.value)
    at = evidence.scores.at("lora"), evidence.scores.datasets.index("busi"), 0
    own = [
        r for r in rows(written, "dataset-busi-timm-resnet18-auroc.csv") if r["method"] == "lora"
    ]
    assert float(own[0]["16shot [95 %]"]) == pytest.approx(evidence.scores.values[at].mean())


def test_latex_tables_are_of_one_width_and_escaped(written: Written) -> None:
    for name in written.names:
        if name.endswith(".tex"):
            lines = (written.assets / name).read_text("utf-8").splitlines()
            body = [line for line in lines if line.endswith(r"\\")]
            assert len({line.count(" & ") for line in body}) == 1, name
            assert r"\toprule" in lines and r"\bottomrule" in lines
            assert not re.search(r"(?<!\\)[_%]", "\n".join(body)), name


def test_figures_are_there_for_a_paper(written: Written) -> None:
    for name in ("differences", "ranks", "curves-timm-resnet18", "pareto"):
        assert (written.assets / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (written.assets / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_the_page_is_one_file_whose_figures_follow_its_colours(written: Written) -> None:
    page = written.page.read_text("utf-8")
    assert not re.search(r'(src|href)="(?!#|data:,)', page) and "@import" not in page
    figures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(figures) == 4
    for figure in figures:
        assert "<text" in figure and "var(--figure-0" in figure
        assert not re.search(r"(?<!, )#(000000|ffffff)", figure)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(set(ids)) == len(ids)


def test_reasons_stand_on_the_page_as_text(evidence: Evidence, written: Written) -> None:
    page = written.page.read_text("utf-8")
    assert "diverged: the loss was &lt;b&gt;nan&lt;/b&gt; &amp; so on" in page
    (row,) = [r for r in rows(written, "missing.csv") if r["method"] == "ssf"]
    assert (row["cells"], row["datasets"], row["data"]) == ("2", "busi and ham10000", "100%")


@pytest.mark.parametrize("elsewhere", [False, True])
def test_equal_evidence_gives_equal_files_whichever_process_draws(
    evidence: Evidence,
    written: Written,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    elsewhere: bool,
) -> None:
    if elsewhere:
        # All but those that are left once another process has begun.
        monkeypatch.setattr(write, "_FEW", 0)
        monkeypatch.setattr(processes, "cores", lambda: 3)
        monkeypatch.setattr(processes._Shared, "take_last", lambda self: None)
    again = write_report(evidence, tmp_path / "report.html", tmp_path / "report")
    assert again.page.read_bytes() == written.page.read_bytes()
    assert again.names == written.names
    for name in again.names:
        assert (again.assets / name).read_bytes() == (written.assets / name).read_bytes(), name


def test_the_protocol_beside_the_page_is_the_one_of_the_results(
    evidence: Evidence, written: Written
) -> None:
    protocol = find_protocol(str(written.assets / "protocol.toml"), load_registry())
    assert protocol_hash(protocol) == evidence.results[0].protocol.hash


def test_it_is_told_that_nothing_is_tested_while_seeds_are_missing(tmp_path: Path) -> None:
    def first_seed(result: ResultSpec) -> ResultSpec | None:
        return result if result.cell.seed == 0 else None

    found = gather(make_folder(tmp_path / "results", change=first_seed), load_registry())
    assert "Several were asked for, so no two methods are called different" in cautions(found)
    said = claims(found)
    assert "no two methods can be tested, for they have one seed in common" in said
    assert "6 pairs, 6 of them untested for lack of seeds" in said
    assert "none can be tested, for lack of seeds" in said and "Holm over 0" not in said
    assert "Where all" not in said and "trains the fewest" not in said
    assert "with 100%, 0 of 3 methods are better than full and 0 worse, and 3 cannot be tested" in (
        said
    )
    assert all(difference.untested for difference in found.overall.versus.values())


def test_one_seed_and_unread_predictions_are_told(tmp_path: Path) -> None:
    store = make_folder(tmp_path / "results", seeds=(4,), datasets=("busi",), fractions=("16shot",))
    unread = gather(store, load_registry(), resamples=0)
    assert "Several were asked for" not in cautions(unread)
    assert "One seed" in cautions(unread) and "predictions were not read" in cautions(unread)
    assert unread.overall.versus["lora"].mean.here.interval() is None
    parts = ranks.section(unread).parts
    assert isinstance(parts[0], Absent) and "at least two datasets" in parts[0].why
    written = write_report(unread, tmp_path / "report.html", tmp_path / "report")
    assert "differences.png" in written.names


def test_one_seed_run_of_two_is_one_seed(tmp_path: Path) -> None:
    store = make_folder(
        tmp_path / "results",
        seeds=(0, 1),
        datasets=("busi",),
        fractions=("16shot",),
        change=lambda result: None if result.cell.seed else result,
    )
    found = gather(store, load_registry(), resamples=50)
    said = cautions(found)
    assert dict(run.section(found).parts[0].facts)["intervals"].startswith("95 %, of patients")
    assert (
        "One seed: intervals, p-values and groups do not cover the training" in said
        and "Two seeds" not in said
    )


def test_a_method_that_lost_a_seed_is_named_and_never_called_better(tmp_path: Path) -> None:
    def lost(result: ResultSpec) -> ResultSpec | None:
        return None if (result.cell.method, result.cell.seed) == ("lora", 0) else result

    store = make_folder(tmp_path / "results", seeds=(0, 1), datasets=("busi",), change=lost)
    found = gather(store, load_registry(), resamples=50)
    said = cautions(found)
    assert "the means and the difference of lora do not cover the training" in said
    assert "Two seeds" in said
    assert "no two methods can be tested, for they have one seed in common" in claims(found)
    written = write_report(found, tmp_path / "report.html", tmp_path / "report")
    by_method = {row["method"]: row for row in rows(written, "methods.csv")}
    assert by_method["lora"]["n"] == "1 × 30, patients only"
    assert by_method["lora"]["p (Holm)"] == "" and by_method["ssf"]["p (Holm)"]
    assert "lora with 16shot and lora with 100%" in written.page.read_text("utf-8")


@pytest.mark.parametrize(("status", "told"), [("ok", True), ("unsupported", False)])
def test_devices_are_those_of_cells_that_ran(tmp_path: Path, status: str, told: bool) -> None:
    def elsewhere(result: ResultSpec) -> ResultSpec:
        if result.cell.method != "ssf":
            return result
        environment = result.environment.model_copy(update={"device": "elsewhere"})
        answer = {} if status == "ok" else NO_ANSWER | {"status": status, "reason": "no norms"}
        return result.model_copy(update={"environment": environment} | answer)

    store = make_folder(tmp_path / "results", datasets=("busi",), change=elsewhere)
    found = gather(store, load_registry(), resamples=0)
    assert ("several devices (cpu, elsewhere)" in cautions(found)) == told
    page = write_report(found, tmp_path / "report.html", tmp_path / "report").page
    assert ("elsewhere, float32" in page.read_text("utf-8")) == told


def test_methods_without_a_common_run_are_still_compared_in_pairs(tmp_path: Path) -> None:
    def parted(result: ResultSpec) -> ResultSpec | None:
        method, seed = result.cell.method, result.cell.seed
        return None if (method, seed) in {("lora", 0), ("ssf", 1), ("ssf", 2)} else result

    store = make_folder(tmp_path / "results", datasets=("busi",), change=parted, images=40)
    found = gather(store, load_registry(), resamples=50)
    first = methods.section(found).parts[0]
    assert isinstance(first, Absent) and "no run that all methods have" in first.why
    assert {"lora", "ssf"} <= set(found.overall.versus)
    write_report(found, tmp_path / "report.html", tmp_path / "report")


def test_each_backbone_has_a_table_and_a_method_that_lacks_one_is_told(tmp_path: Path) -> None:
    def cnn_only(result: ResultSpec) -> ResultSpec | None:
        if (result.cell.method, result.cell.backbone.name) != ("ssf", "timm/vit"):
            return result
        answer = NO_ANSWER | {"status": "unsupported", "reason": "no convolutions"}
        return result.model_copy(update=answer)

    store = make_folder(
        tmp_path / "results",
        datasets=("busi",),
        backbones=("timm/resnet18", "timm/vit"),
        change=cnn_only,
    )
    found = gather(store, load_registry(), resamples=50)
    written = write_report(found, tmp_path / "report.html", tmp_path / "report")
    tables = {
        name: {row["method"]: row for row in rows(written, f"{name}.csv")}
        for name in ("methods", "methods-timm-resnet18", "methods-timm-vit")
    }
    assert set(tables["methods"]) == set(tables["methods-timm-vit"]) == {"linear", "lora", "full"}
    assert "ssf" in tables["methods-timm-resnet18"]
    assert tables["methods"]["lora"]["n"] == "3 × 30"
    said = claims(found)
    assert "Not on every backbone: ssf." in said
    assert "On timm/resnet18: Of 3 methods compared with linear" in said
    assert "On timm/vit: Of 2 methods compared with linear" in said
    page = written.page.read_text("utf-8")
    assert "Left out for lack of an answer on some backbone: ssf" in page
    assert found.trainable(("lora", "ssf"), "timm/vit") == {}


def test_methods_of_which_none_has_all_backbones_are_told_one_by_one(tmp_path: Path) -> None:
    def parted(result: ResultSpec) -> ResultSpec | None:
        lacking = {"lora": "timm/vit", "ssf": "timm/vit", "full": "timm/resnet18"}
        return None if lacking.get(result.cell.method) == result.cell.backbone.name else result

    backbones = ("timm/resnet18", "timm/vit")
    store = make_folder(
        tmp_path / "results", datasets=("busi",), backbones=backbones, change=parted, images=40
    )
    found = gather(store, load_registry(), resamples=50)
    first = methods.section(found).parts[0]
    assert isinstance(first, Absent) and "no two methods with answers on every" in first.why
    assert "On timm/vit: Of 1 method compared with linear" in claims(found)
    with pytest.raises(DataError, match="on every backbone") as error:
        standing(found.scores)
    assert "--backbone timm/resnet18" in str(error.value)


def test_parameters_are_compared_where_all_methods_have_an_answer(tmp_path: Path) -> None:
    """A head of more classes is no cost of a method."""

    def heads(result: ResultSpec) -> ResultSpec | None:
        small = result.cell.dataset.name == "busi"
        if result.cell.method == "lora" and not small:
            return None
        assert result.parameters
        counts = result.parameters.model_copy(
            update={"trainable": result.parameters.trainable + (0 if small else 900_000)}
        )
        return result.model_copy(update={"parameters": counts})

    store = make_folder(tmp_path / "results", fractions=("16shot",), change=heads)
    found = gather(store, load_registry(), resamples=0)
    everywhere = found.trainable(("linear", "lora"))
    assert everywhere == {"linear": 500, "lora": 4000}
    assert found.trainable(("linear", "ssf"))["linear"] == 900_500


def test_results_without_any_answer_are_no_empty_table(tmp_path: Path) -> None:
    def refused(result: ResultSpec) -> ResultSpec:
        return result.model_copy(
            update=NO_ANSWER | {"status": "unsupported", "reason": "it has no norms"}
        )

    store = make_folder(tmp_path / "results", datasets=("busi",), change=refused)
    found = gather(store, load_registry(), resamples=0)
    assert methods.section(found).parts == (Absent("no method has an answer"),)
    page = write_report(found, tmp_path / "report.html", tmp_path / "report").page
    assert "it has no norms" in page.read_text("utf-8")
    with pytest.raises(DataError, match="no method has an answer") as error:
        standing(found.scores)
    assert "it has no norms" in str(error.value)


def test_an_undefined_metric_is_missing_and_not_a_number(tmp_path: Path) -> None:
    def undefined(result: ResultSpec) -> ResultSpec:
        if (result.cell.method, result.cell.seed) != ("lora", 1):
            return result
        nothing = Estimate(value=None, low=None, high=None, n=60, reason="one class only")
        return result.model_copy(update={"metrics": result.metrics | {"auroc": nothing}})

    store = make_folder(
        tmp_path / "results", datasets=("busi",), fractions=("16shot",), change=undefined
    )
    found = gather(store, load_registry(), resamples=0)
    assert np.isnan(found.scores.values[found.scores.at("lora"), 0, 0, 1])
    text = missing.section(found).parts[0].texts()  # type: ignore[union-attr]
    assert text[0][-1] == "one class only"


def test_without_the_baseline_there_is_a_word_and_another_reference_is_told(tmp_path: Path) -> None:
    store = make_folder(
        tmp_path / "results", signals={"lora": 1.0, "ssf": 1.2}, datasets=("busi",), seeds=(0, 1)
    )
    found = gather(store, load_registry(), resamples=0)
    assert "no results of full" in str(gain_section.section(found).parts)
    assert found.reference == "lora"
    assert "not to the protocol's reference, linear" in cautions(found)
    written = write_report(found, tmp_path / "report.html", tmp_path / "report")
    again = find_protocol(str(written.assets / "protocol.toml"), load_registry())
    assert again.methods == () and protocol_hash(again) == found.results[0].protocol.hash
    assert "--method lora --method ssf" in written.page.read_text("utf-8")
    with pytest.raises(UnknownNameError, match="linear"):
        gather(store, load_registry(), reference="linear", resamples=0)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / "results", IDENTITY)
    store.create()
    with pytest.raises(DataError, match="there are no results"):
        gather(store, load_registry())


def test_what_cannot_be_written_is_told(evidence: Evidence, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        write_report(evidence, tmp_path / "report.html", tmp_path / "file")
    with pytest.raises(StoreError, match="it is a folder"):
        write_report(evidence, tmp_path, tmp_path / "report")
    with pytest.raises(StoreError, match="cannot be written"):
        write_report(evidence, tmp_path / "nowhere" / "report.html", tmp_path / "report")
