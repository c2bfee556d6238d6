"""What an answer says of scores that came out the same however images were drawn."""

from __future__ import annotations

from pathlib import Path

from medpeft_sdk.analysis import Recommendation, conclude, sentences
from medpeft_sdk.evaluation import estimate
from medpeft_sdk.execution.journal import RaceSpec, Rung, Standing
from medpeft_sdk.registry import load_registry
from medpeft_sdk.specs import ParameterCounts
from medpeft_sdk.specs.result import Training
from tests.evaluation.conftest import make_predictions
from tests.results.factory import make_result
from tests.results.runs import make_store

IMAGES = 12


def recommended(folder: Path, finalists: dict[str, tuple[float, int]]) -> Recommendation:
    """Concludes a race from the signal and the trainable parameters of its finalists."""
    store = make_store(folder)
    entry = load_registry().metrics.get("auroc")
    metric = entry.load()(entry.spec)
    training = Training(
        learning_rate=0.1, best_step=1, samples=IMAGES, validation_samples=IMAGES, looks=()
    )
    cells: dict[str, str] = {}
    for seed, (method, (signal, trainable)) in enumerate(finalists.items()):
        predicted = make_predictions(n=IMAGES, signal=signal, seed=seed)
        counts = ParameterCounts(total=10_000, trainable=trainable, added=0, stored=1, head=1)
        result = make_result(
            method=method, metrics=estimate(predicted, {"auroc": metric}, resamples=50)
        ).model_copy(update={"training": training, "parameters": counts})
        cells[method] = store.write(result, {"predictions.parquet": predicted.to_parquet}).cell_id
    standings = tuple(Standing(method=method, score=1.0, fate="on") for method in finalists)
    rung = Rung(look=1, step=1, spent=1, standings=standings)
    race = RaceSpec(cells=cells, baselines=(), budget="20 steps", rungs=(rung,))
    return conclude(race, store, metric, validation_units=IMAGES, adapter="", code="")


def test_an_interval_without_width_is_no_certainty(tmp_path: Path) -> None:
    said = " ".join(sentences(recommended(tmp_path, {"lora": (50.0, 900)})))
    assert "1.000 [1.000, 1.000]" in said
    assert "its interval has no width" in said and "none of 12 goes wrong, up to about 25 %" in said


def test_the_cheapest_of_equals_is_named(tmp_path: Path) -> None:
    finalists = {"full": (50.0, 9000), "lora": (50.0, 900), "linear": (50.0, 30), "ssf": (0.0, 2)}
    answer = recommended(tmp_path, finalists)
    said = " ".join(sentences(answer))
    assert answer.method == "full"
    assert "lora did exactly as well on these test images." in said
    assert "linear with 30 trainable parameters did as well as full with 9,000" in said


def test_nothing_of_this_is_said_where_scores_vary(tmp_path: Path) -> None:
    said = " ".join(sentences(recommended(tmp_path, {"lora": (0.5, 900), "linear": (0.5, 30)})))
    assert "no width" not in said and "as well" not in said
