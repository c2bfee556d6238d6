from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from medpeft_sdk.analysis import Gap, Scores, collect, difference, read_scores, with_draws
from medpeft_sdk.errors import DataError, StoreError, UnknownNameError
from medpeft_sdk.evaluation import paired_difference
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import ProtocolRef, ResultSpec, Subset
from tests.evaluation.conftest import Accuracy
from tests.results.factory import make_estimate, make_result
from tests.results.runs import PROTOCOL, add, make_store, predictions


def result(method: str, seed: int, value: float | None = 0.8, **cell) -> ResultSpec:
    metrics = {"accuracy": make_estimate(value)}
    return make_result(method=method, seed=seed, metrics=metrics, **cell)


def collected(results: list[ResultSpec], **options) -> Scores:
    return collect(results, Accuracy().spec, **options)


def test_every_cell_is_a_number_or_a_gap_with_its_reason() -> None:
    results = [
        result("lora", 0, 0.7),
        result("lora", 1, None),
        result("linear", 0, 0.6),
        result("linear", 1, status="diverged"),
        make_result(method="linear", seed=2, metrics={}),
    ]
    scores = collected(results)
    assert scores.methods == ("linear", "lora")
    assert np.isfinite(scores.values).sum() == 2
    assert {(g.method, g.seed): g.reason for g in scores.gaps} == {
        ("lora", 1): "accuracy is undefined",
        ("lora", 2): "no result",
        ("linear", 1): "diverged: it was diverged",
        ("linear", 2): "accuracy was not computed",
    }
    assert scores.gaps[0] == Gap(
        "linear", "busi", "timm/resnet18", "16shot", 1, scores.gaps[0].reason
    )


def test_what_a_protocol_asks_for_and_nobody_ran_is_missing() -> None:
    grid = PROTOCOL.model_copy(update={"datasets": ("busi", "ham10000"), "methods": ("ssf",)})
    scores = collected([result("lora", 0)], protocol=grid)
    assert scores.datasets == ("busi", "ham10000") and scores.seeds == (0, 1, 2)
    assert len(scores.gaps) == 2 * 2 * 3 - 1


def test_fractions_are_in_the_order_of_their_size() -> None:
    subsets = [Subset(fraction=1.0), Subset(shots=16), Subset(fraction=0.05), Subset(shots=4)]
    scores = collected([result("lora", 0, subset=s) for s in subsets])
    assert [c.fraction for c in scores.conditions] == ["4shot", "16shot", "5%", "100%"]


def test_the_order_of_results_changes_nothing() -> None:
    results = [result(m, s, 0.1 * s) for m in ("lora", "linear") for s in range(4)]
    shuffled = random.Random(0).sample(results, len(results))
    assert (collected(results).values == collected(shuffled).values).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ruleset": "tuned"}, "several protocols or rulesets"),
        ({"name": "full"}, "several protocols or rulesets"),
        ({"hash": "2" * 64}, "several protocols or rulesets"),
    ],
)
def test_protocols_and_rulesets_are_never_mixed(change: dict, message: str) -> None:
    other = result("linear", 0)
    ref = ProtocolRef(**(other.protocol.model_dump() | change))
    with pytest.raises(DataError, match=message) as error:
        collected([result("lora", 0), other.model_copy(update={"protocol": ref})])
    assert str(next(iter(change.values())))[:8] in str(error.value)


def test_other_samples_weights_or_hyperparameters_are_never_mixed() -> None:
    one, two = result("lora", 0), result("lora", 1)
    for part, field, word in (
        ("dataset", {"fingerprint": "1" * 64}, "samples"),
        ("backbone", {"weights": "sha256:0"}, "weights"),
    ):
        ref = getattr(two.cell, part).model_copy(update=field)
        cell = two.cell.model_copy(update={part: ref})
        with pytest.raises(DataError, match=word):
            collected([one, two.model_copy(update={"cell": cell})])
    with pytest.raises(DataError, match="several results for seed 0"):
        collected([one, result("lora", 0, hyperparameters={"rank": 4})])
    with pytest.raises(DataError, match="no results"):
        collected([])


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    return make_store(tmp_path)


def test_both_methods_of_a_pair_see_the_same_resamples(store: ResultStore) -> None:
    for method in ("lora", "linear"):
        add(store, method, 0)
    scores = read_scores(store, Accuracy(), resamples=1000)
    assert scores.units == (40,)
    found = difference(scores, "lora", "linear").mean
    assert found.covers == ("patients",) and found.cannot_cover == ("seeds",)
    alone = paired_difference(predictions("lora", 0), predictions("linear", 0), Accuracy())
    assert found.here.value == pytest.approx(alone.value)
    assert found.here.interval() == pytest.approx((alone.low, alone.high), abs=0.012)


def test_reading_no_predictions_leaves_out_what_they_tell(store: ResultStore) -> None:
    for seed in range(3):
        add(store, "lora", seed)
        add(store, "linear", seed)
    quick = difference(read_scores(store, Accuracy(), resamples=0), "lora", "linear").mean
    assert (quick.covers, quick.patients) == (("seeds",), 0)
    whole = difference(read_scores(store, Accuracy()), "lora", "linear").mean
    assert (whole.covers, whole.patients) == (("seeds", "patients"), 40)
    assert whole.here.value == quick.here.value


def test_methods_are_chosen_by_name(store: ResultStore) -> None:
    add(store, "lora", 0)
    add(store, "linear", 0)
    assert read_scores(store, Accuracy(), methods=["lora"], resamples=10).methods == ("lora",)
    with pytest.raises(UnknownNameError, match="ssf"):
        read_scores(store, Accuracy(), methods=["ssf"])


def test_altered_predictions_are_not_used(store: ResultStore) -> None:
    add(store, "lora", 0)
    results = list(store.results())
    for file in store.folder.glob("cells/*/predictions.parquet"):
        file.write_bytes(b"altered")
    with pytest.raises(StoreError, match="damaged"):
        with_draws(collected(results), store, results, Accuracy())
