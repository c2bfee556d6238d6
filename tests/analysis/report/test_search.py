"""What the report says of searches, of which some lack trials."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from medpeft_sdk.analysis.report import Evidence, gather, write_report
from medpeft_sdk.analysis.report.sections import missing, search
from medpeft_sdk.analysis.report.sections.cautions import cautions
from medpeft_sdk.analysis.report.table import Table
from medpeft_sdk.cli.main import app
from medpeft_sdk.planning import Search
from medpeft_sdk.registry import load_registry
from medpeft_sdk.results import ResultStore, SearchStore
from medpeft_sdk.specs import LEARNING_RATE, ResultSpec, Tuning
from tests.analysis.report.folder import make_folder
from tests.execution.trials import make_search, make_trial

TRIALS = 3


def tuned(result: ResultSpec) -> ResultSpec:
    cell = result.cell.model_copy(update={"tuning": Tuning(trials=TRIALS)})
    return result.model_copy(update={"cell": cell})


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    signals = {"linear": 0.5, "lora": 1.1}
    return make_folder(
        tmp_path / "results",
        signals=signals,
        datasets=("busi",),
        fractions=("16shot",),
        change=tuned,
    )


def write_search(store: ResultStore, method: str, trials: int) -> Path:
    """Writes a search behind the cells of a method, and returns its folder."""
    cell = next(result.cell for result in store.results() if result.cell.method == method)
    spec = make_search(method=method).model_copy(update={"dataset": cell.dataset})
    found, searches = Search.of(spec), SearchStore(store.folder)
    searches.write(found.id, spec)
    for number in range(trials):
        values = {LEARNING_RATE.name: 0.1}
        searches.write_trial(make_trial(number, values, 0.5, search=found.id))
    return store.folder / "searches" / found.id


def note(evidence: Evidence) -> str:
    (table,) = (part for part in search.section(evidence).parts if isinstance(part, Table))
    return str(table.note)


def test_searches_of_one_length_are_equal_budgets(store: ResultStore) -> None:
    for method in ("linear", "lora"):
        write_search(store, method, TRIALS)
    found = gather(store, load_registry(), resamples=0)
    assert "Every method had as many trials." in note(found)
    assert not found.unfinished


def test_a_search_that_lacks_trials_is_drawn_as_far_as_it_goes_and_told(
    store: ResultStore, tmp_path: Path
) -> None:
    write_search(store, "linear", TRIALS)
    write_search(store, "lora", 1)
    found = gather(store, load_registry(), resamples=0)
    written = write_report(found, tmp_path / "report.html", tmp_path / "report")
    assert "search.png" in written.names and "missing-trials.csv" in written.names
    assert "Not every method has 3 trials: lora has 1." in note(found)
    (table,) = (part for part in missing.section(found).parts if isinstance(part, Table))
    assert table.rows[0][:4] == ("lora", "busi", "timm/resnet18", "16shot")
    assert "1 of 3 trials" in str(table.rows[0][4])
    assert "Searches of lora lack trials" in " ".join(c.text for c in cautions(found))


def test_trials_that_ran_where_no_cell_did_are_told(store: ResultStore) -> None:
    search = write_search(store, "lora", TRIALS)
    assert not gather(store, load_registry(), resamples=0).searched_on
    trial = SearchStore(store.folder).trials(search.name)[1]
    there = trial.environment.model_copy(update={"device": "cuda", "precision": "bfloat16"})
    moved = trial.model_copy(update={"environment": there})
    (search / "trial-0001.json").write_text(moved.to_json())
    found = gather(store, load_registry(), resamples=0)
    said = " ".join(caution.text for caution in cautions(found))
    assert "Trials ran on cuda in bfloat16, where no cell did" in said


def test_a_damaged_trial_is_left_out_and_named(store: ResultStore) -> None:
    write_search(store, "linear", TRIALS)
    (write_search(store, "lora", TRIALS) / "trial-0001.json").write_text("{")
    found = gather(store, load_registry(), resamples=0)
    (damaged,) = found.damaged
    assert "a stored search is damaged" in damaged and "trial-0001.json" in damaged
    assert [len(one.median) for one in found.searches] == [TRIALS, 1]


def test_the_command_shows_what_is_left_of_a_damaged_search_and_fails(store: ResultStore) -> None:
    (write_search(store, "lora", TRIALS) / "trial-0001.json").write_text("{")
    for options in ([], ["--json"]):
        found = CliRunner().invoke(app, ["results", "search", str(store.folder), *options])
        assert found.exit_code == 2
        assert "1 of 3 trials can be read" in found.stdout
        assert "trial-0001.json" in found.stderr.replace("\n", "")
