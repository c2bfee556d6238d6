from __future__ import annotations

from pathlib import Path

import pytest

from medpeft_sdk.analysis import compare, difference, read_scores
from medpeft_sdk.errors import DataError, StoreError, UnknownNameError
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import Subset
from tests.evaluation.conftest import Accuracy
from tests.results.factory import make_result
from tests.results.runs import add, make_store


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    return make_store(tmp_path)


def test_methods_are_compared_on_common_seeds_of_each_setting(store: ResultStore) -> None:
    for seed in range(3):
        add(store, "lora", seed)
        add(store, "linear", seed)
    add(store, "lora", 3)
    add(store, "lora", 0, subset=Subset(fraction=1.0))
    store.write(make_result(method="linear", seed=3, status="failed"))
    (found,) = compare(store, "lora", "linear", Accuracy(), resamples=200)
    assert (found.a, found.b, found.seeds) == ("lora", "linear", (0, 1, 2))
    assert (found.dataset, found.fraction) == ("busi", "16shot")
    assert found.mean.covers == ("seeds", "patients")


def test_a_setting_alone_is_compared_as_the_whole_table_is(store: ResultStore) -> None:
    for seed in range(3):
        add(store, "lora", seed)
        add(store, "linear", seed)
    (found,) = compare(store, "lora", "linear", Accuracy(), resamples=200)
    scores = read_scores(store, Accuracy(), resamples=200)
    whole = difference(scores, "lora", "linear").mean
    assert found.mean.here.interval() == pytest.approx(whole.here.interval())
    assert (found.mean.covers, found.mean.patients) == (whole.covers, whole.patients)


def test_one_seed_says_nothing_of_training(store: ResultStore) -> None:
    add(store, "lora", 0)
    add(store, "linear", 0)
    (found,) = compare(store, "lora", "linear", Accuracy(), resamples=200)
    assert found.mean.covers == ("patients",)
    assert found.mean.cannot_cover == ("seeds",)


def test_several_hyperparameters_of_one_method_are_not_mixed(store: ResultStore) -> None:
    add(store, "linear", 0)
    for rank in (4, 8):
        add(store, "lora", 0, hyperparameters={"rank": rank})
    with pytest.raises(DataError, match="several results"):
        compare(store, "lora", "linear", Accuracy())


def test_a_method_without_results_is_named(store: ResultStore) -> None:
    add(store, "lora", 0)
    with pytest.raises(UnknownNameError, match="linear"):
        compare(store, "lora", "linear", Accuracy())


def test_altered_predictions_are_not_used(store: ResultStore) -> None:
    add(store, "lora", 0)
    add(store, "linear", 0)
    for file in store.folder.glob("cells/*/predictions.parquet"):
        file.write_bytes(b"altered")
    with pytest.raises(StoreError, match="damaged"):
        compare(store, "lora", "linear", Accuracy())
