"""What the ruleset ``tuned`` promises: equal budgets, no test image, and no trial run twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from medpeft_sdk.analysis import collect, read_searches
from medpeft_sdk.api import Evaluation, prepare
from medpeft_sdk.data import HeldOut, Splits
from medpeft_sdk.errors import DataError, PluginError, SpecError
from medpeft_sdk.execution import Event, Run, report_crash
from medpeft_sdk.planning import IDENTITY_VERSION, PlannedSearch
from medpeft_sdk.registry import load_registry
from medpeft_sdk.results import ResultStore, SearchStore, export_text
from medpeft_sdk.specs import LEARNING_RATE, SEARCH_SEED

TRIALS = 3
FAST: dict[str, Any] = {
    "subsets": ["4shot"],
    "settings": {"min_steps": 4, "max_steps": 4, "validations": 2, "image_size": 32},
    "executor": "serial",
    "datasets": ["folder:images"],
}
TUNED: dict[str, Any] = {**FAST, "ruleset": "tuned", "trials": TRIALS}
Happened = list[str]


@pytest.fixture(scope="module", autouse=True)
def images(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder of dark and bright images, and a cache for them."""
    root, rng = tmp_path_factory.mktemp("run"), np.random.default_rng(0)
    for name, brightness in {"dark": 0, "bright": 60}.items():
        (root / "images" / name).mkdir(parents=True)
        for i in range(20):
            pixels = rng.integers(0, 196, (16, 16, 3)) + brightness
            Image.fromarray(pixels.astype(np.uint8)).save(root / "images" / name / f"{i}.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDPEFT_CACHE_DIR", str(root / "cache"))
        patch.chdir(root)
        yield


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run, Happened]:
    """Two methods, three trials each, then two seeds; and what happened meanwhile."""
    output, happened = tmp_path_factory.mktemp("tuned"), Happened()
    evaluation = plan(output)
    with pytest.MonkeyPatch.context() as patch:
        watch_reads(patch, lambda: happened.append("test split read"))
        run = evaluation.run(lambda event: happened.append(event.kind))
    return output, run, happened


def plan(output: Path, *methods: str, **options: Any) -> Evaluation:
    return prepare(
        methods or ("linear", "bitfit"), output=output, **{**TUNED, "seeds": [0, 1], **options}
    )


def watch_reads(patch: pytest.MonkeyPatch, on_read: Callable[[], None]) -> None:
    read = HeldOut.read

    def reading(self: HeldOut) -> Any:
        on_read()
        return read(self)

    patch.setattr(HeldOut, "read", reading)


def stored(output: Path) -> dict[str, list[dict[str, Any]]]:
    """All trials of a folder, without what no repetition gives again."""
    return {
        found.spec.method: [t.model_dump(exclude={"seconds", "created"}) for t in found.trials]
        for found in read_searches(ResultStore(output, IDENTITY_VERSION))
    }


def test_no_trial_reads_the_test_split_and_each_cell_reads_it_once(undisturbed: Any) -> None:
    _, run, happened = undisturbed
    first_read = happened.index("test split read")
    assert happened[:first_read].count("trial") == happened.count("trial") == 2 * TRIALS
    assert happened.count("test split read") == len(run.results) == 4
    assert all(r.training.test_reads == 1 for r in run.results)


def test_every_method_has_the_same_budget_and_starts_with_its_defaults(undisturbed: Any) -> None:
    output, run, _ = undisturbed
    trials = stored(output)
    assert {method: len(found) for method, found in trials.items()} == {
        "linear": TRIALS,
        "bitfit": TRIALS,
    }
    for entry in load_registry().methods:
        if entry.spec.name in trials:
            first = trials[entry.spec.name][0]["values"]
            assert first[LEARNING_RATE.name] == entry.spec.learning_rate
    for found in trials.values():
        assert all(len(t["looks"]) == 2 and t["steps"] == 4 for t in found)
    assert {r.cell.seed for r in run.results} == {0, 1}


def test_all_seeds_run_with_what_the_best_trial_had(undisturbed: Any) -> None:
    output, run, _ = undisturbed
    for found in read_searches(ResultStore(output, IDENTITY_VERSION)):
        results = [r for r in run.results if r.cell.method == found.spec.method]
        assert found.best is not None
        assert {r.cell.recipe.learning_rate for r in results} == {
            found.best.values[LEARNING_RATE.name]
        }
        assert found.best.score == max(t.score or 0 for t in found.trials)
        assert {r.search for r in results} == {found.id}
        assert found.spec.cell({}).seed == SEARCH_SEED


def test_results_know_their_rules_and_so_does_their_identity(undisturbed: Any) -> None:
    _, run, _ = undisturbed
    (result, *_) = run.results
    assert (result.protocol.name, result.protocol.ruleset) == ("quick_custom", "tuned")
    assert result.cell.tuning is not None and result.cell.tuning.trials == TRIALS
    assert result.cell_id not in {
        cell.id
        for other in ({"trials": 2}, {"pruning": "halving"}, {"ruleset": "fixed", "trials": None})
        for cell in plan(Path("nowhere"), **other).plan.cells
    }


def test_a_run_that_is_stopped_at_a_trial_repeats_none_and_ends_as_if_undisturbed(
    undisturbed: Any, tmp_path: Path
) -> None:
    whole, run, _ = undisturbed
    seen = 0

    def stop(event: Event) -> None:
        nonlocal seen
        seen += event.kind == "trial"
        if seen == 2:
            raise KeyboardInterrupt

    evaluation = plan(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        evaluation.run(stop)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.glob("searches/*/trial-*.json")}
    assert len(before) == 2
    assert evaluation.missing_trials() == 2 * TRIALS - 2

    again = evaluation.run()
    assert before == {p: p.stat().st_mtime_ns for p in before}
    assert stored(tmp_path) == stored(whole)
    assert [r.cell_id for r in again.results] == [r.cell_id for r in run.results]
    assert [r.metrics for r in again.results] == [r.metrics for r in run.results]
    assert (evaluation.missing(), evaluation.missing_trials()) == (0, 0)
    assert evaluation.run().repeated == 4


def test_a_method_that_tunes_on_the_test_split_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    splits: list[Splits] = []
    from medpeft_sdk.execution import workbench

    def keep(*arguments: Any, **options: Any) -> Splits:
        splits.append(make(*arguments, **options))
        return splits[-1]

    make = workbench.make_splits
    monkeypatch.setattr(workbench, "make_splits", keep)
    evaluation = plan(tmp_path, "linear", seeds=[0])
    method = evaluation.registry.methods.get("linear").load()

    def peek(self: Any, model: Any, sites: Any, **hyperparameters: Any) -> Any:
        if splits:
            splits[-1].hold_out().read()
        return model

    monkeypatch.setattr(method, "adapt", peek)
    (result,) = evaluation.run().results
    assert result.status == "failed"
    assert "the test split was read while linear was trained" in str(result.reason)
    (trials,) = stored(tmp_path).values()
    assert {t["status"] for t in trials} == {"failed"}


def test_a_method_that_cannot_act_on_the_backbone_spends_no_trials(tmp_path: Path) -> None:
    (result,) = plan(tmp_path, "batchnorm", seeds=[0]).run().results
    assert result.status == "unsupported"
    (trials,) = stored(tmp_path).values()
    assert [t["status"] for t in trials] == ["unsupported"]


def test_a_worker_that_dies_costs_its_search_one_trial(tmp_path: Path) -> None:
    evaluation = plan(tmp_path, "linear", seeds=[0])
    ResultStore(tmp_path, IDENTITY_VERSION).create()
    (bundle,) = evaluation.plan.searches()
    (planned,) = bundle.cells
    assert isinstance(planned, PlannedSearch)
    SearchStore(tmp_path).write(planned.id, planned.search.spec)
    assert report_crash(bundle, planned, evaluation.settings, exit_code=-9) is None
    assert evaluation.missing_trials() == TRIALS - 1
    (result,) = evaluation.run().results
    assert result.status == "ok"
    (trials,) = stored(tmp_path).values()
    assert [t["status"] for t in trials] == ["failed", "ok", "ok"]
    assert "the worker process died (signal 9)" in trials[0]["reason"]


def test_an_executor_that_leaves_searches_undone_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = plan(tmp_path)
    serial = evaluation.registry.executors.get("serial").load()
    monkeypatch.setattr(serial, "run", lambda *arguments, **options: None)
    with pytest.raises(PluginError, match="the executor 'serial' left 6 trials undone"):
        evaluation.run()


def test_fixed_and_tuned_results_do_not_come_into_one_table(undisturbed: Any) -> None:
    _, run, _ = undisturbed
    tuned = run.results[0]
    fixed = tuned.model_copy(
        update={
            "cell": tuned.cell.model_copy(update={"tuning": None}),
            "protocol": tuned.protocol.model_copy(update={"ruleset": "fixed"}),
        }
    )
    with pytest.raises(DataError, match="several protocols or rulesets are never mixed"):
        collect([tuned, fixed], load_registry().metrics.get("auroc").spec)
    assert export_text([tuned, fixed], "latex").count(r"\begin{tabular}") == 2
    assert export_text([tuned], "latex").split("\n")[0].endswith(", tuned, 3 trials")


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"ruleset": "tuned", "trials": 0}, "trials: at least 1"),
        ({"ruleset": "tuned"}, "the ruleset tuned needs trials"),
        ({"trials": 4}, "trials and pruning are for the ruleset tuned"),
        ({"ruleset": "fixed", "trials": 4}, "trials and pruning are for the ruleset tuned"),
        ({"pruning": "halving"}, "trials and pruning are for the ruleset tuned"),
        ({"ruleset": "tuned", "trials": 4, "pruning": "quarters"}, "'none' or 'halving'"),
        ({"ruleset": "free"}, "'fixed' or 'tuned'"),
        ({"ruleset": "tuned", "trials": 4, "seeds": [SEARCH_SEED]}, "--seed does not allow"),
        (
            {"ruleset": "tuned", "trials": 4, "settings": {"learning_rate": 0.1}},
            "there is nothing to search for linear",
        ),
    ],
)
def test_rules_that_cannot_be_played_by_are_one_message(
    rules: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError) as caught:
        prepare(["linear"], output=tmp_path, **{**FAST, **rules})
    assert words in str(caught.value)
    assert str(caught.value).count("where:") == 1
