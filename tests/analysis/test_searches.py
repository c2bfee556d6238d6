from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from medpeft_sdk.analysis import Searched, best_so_far, read_searches, sound_searches
from medpeft_sdk.cli.searches import print_searches, search_data
from medpeft_sdk.errors import StoreError
from medpeft_sdk.planning import Search
from medpeft_sdk.results import ResultStore, SearchStore
from medpeft_sdk.specs import LEARNING_RATE, ResultSpec, Tuning
from tests.execution.trials import make_search, make_trial
from tests.results.factory import make_result


def searched(*scores: float | None, dataset: str = "busi", method: str = "lora") -> Searched:
    """A search whose trials had these scores; one without a score diverged."""
    search = Search.of(make_search(method=method, dataset=dataset))
    trials = tuple(
        make_trial(
            i, {LEARNING_RATE.name: 0.1}, s, "diverged" if s is None else "ok", search=search.id
        )
        for i, s in enumerate(scores)
    )
    return Searched(search.id, search.spec, trials)


def tuned_result(*, trials: int) -> ResultSpec:
    """A result of the search that `searched` makes."""
    result, search = make_result(), make_search()
    update = {"dataset": search.dataset, "tuning": Tuning(trials=trials)}
    return result.model_copy(update={"cell": result.cell.model_copy(update=update)})


def test_the_best_so_far_is_the_median_over_searches_with_its_range() -> None:
    (found,) = best_so_far(
        [
            searched(0.5, 0.7, 0.6),
            searched(0.6, 0.5, 0.9, dataset="ham10000"),
            searched(0.8, 0.4, 0.4, dataset="smdg"),
        ]
    )
    assert (found.method, found.metric, found.searches) == ("lora", "auroc", 3)
    assert found.median == (0.6, 0.7, 0.8)
    assert found.low == (0.5, 0.6, 0.7)
    assert found.high == (0.8, 0.8, 0.9)
    assert found.steps == (10, 20, 30)


def test_a_search_that_has_found_nothing_yet_is_not_left_out() -> None:
    (found,) = best_so_far([searched(None, 0.75), searched(0.5, 0.5, dataset="smdg")])
    assert found.low == (None, 0.5)
    assert found.median == (None, 0.625)
    assert found.high == (0.5, 0.75)


def test_a_trial_that_was_ended_early_is_not_the_best() -> None:
    pruned = make_trial(1, {LEARNING_RATE.name: 0.1}, 0.9, "pruned")
    whole = searched(0.5)
    search = Searched(whole.id, whole.spec, (*whole.trials, pruned))
    assert search.best == whole.trials[0]
    assert best_so_far([search])[0].median == (0.5, 0.5)


def test_a_metric_that_should_be_low_is_shown_as_it_is() -> None:
    search = searched(-0.4, -0.3, -0.5)
    (found,) = best_so_far([search], {"auroc": False})
    assert found.median == (0.4, 0.3, 0.3)
    data = search_data([search], {"auroc": False})
    assert [t["score"] for t in data["searches"][0]["trials"]] == [0.4, 0.3, 0.5]
    assert data["searches"][0]["best"] == 1


def test_searches_are_read_from_a_folder_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = ResultStore(tmp_path, 1)
    results.create()
    assert read_searches(results) == ()
    store, found = SearchStore(tmp_path), searched(0.5, None, 0.7)
    store.write(found.id, found.spec)
    for trial in found.trials:
        store.write_trial(trial)
    assert read_searches(results) == (found,)
    print_searches([found], {})
    shown = capsys.readouterr().out
    assert "busi · timm/resnet18 · auroc on validation" in shown
    assert "1 diverged" in shown and "0.500" in shown and "0.700" in shown


def test_the_first_trial_that_was_written_stands(tmp_path: Path) -> None:
    store, found = SearchStore(tmp_path), searched(0.5)
    store.write(found.id, found.spec)
    other = found.trials[0].model_copy(update={"score": 0.9})
    assert store.write_trial(found.trials[0]) == store.write_trial(other) == found.trials[0]


@pytest.mark.parametrize("name", ["search.json", "trial-0000.json"])
def test_a_damaged_search_is_named(name: str, tmp_path: Path) -> None:
    results = ResultStore(tmp_path, 1)
    results.create()
    store, found = SearchStore(tmp_path), searched(0.5)
    store.write(found.id, found.spec)
    store.write_trial(found.trials[0])
    (tmp_path / "searches" / found.id / name).write_text("{")
    with pytest.raises(StoreError, match="a stored search is damaged") as caught:
        read_searches(results)
    assert name in str(caught.value)


def test_trials_that_the_ruleset_asks_for_and_are_not_there_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = searched(0.5, 0.7)
    assert found.gap is None
    whole, short = replace(found, asked=2), replace(found, asked=6)
    assert whole.gap is None and short.gap and "2 of 6 trials" in short.gap
    print_searches([whole, short], {})
    (told,) = (line for line in capsys.readouterr().out.splitlines() if "missing" in line)
    assert "lora, busi · timm/resnet18 · 16shot: 2 of 6 trials can be read" in told
    data = search_data([short], {})["searches"][0]
    assert (data["asked"], data["gap"]) == (6, short.gap)


def test_a_search_that_ended_because_the_method_refuses_lacks_nothing() -> None:
    found = searched(None)
    refused = found.trials[0].model_copy(update={"status": "unsupported"})
    assert replace(found, trials=(refused,), asked=6).gap is None


def test_what_is_whole_is_read_and_what_is_damaged_is_named(tmp_path: Path) -> None:
    results = ResultStore(tmp_path, 1)
    results.create()
    store, found, other = SearchStore(tmp_path), searched(0.5, 0.6, 0.7), searched(0.4, method="a")
    for search in (found, other):
        store.write(search.id, search.spec)
        for trial in search.trials:
            store.write_trial(trial)
    (tmp_path / "searches" / found.id / "trial-0001.json").write_text("{")
    (tmp_path / "searches" / other.id / "search.json").write_text("{")
    (left,), damaged = sound_searches(results, [tuned_result(trials=3)])
    assert left == replace(found, trials=found.trials[:1], asked=3)
    assert {Path(str(error.where)).name for error in damaged} == {"trial-0001.json", "search.json"}
