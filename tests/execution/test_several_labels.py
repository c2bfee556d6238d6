"""A cell whose samples have any number of classes, from a table of a user's own."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from medpeft_sdk.api import Evaluation, prepare
from medpeft_sdk.evaluation import Predictions, estimate_subgroups
from medpeft_sdk.planning import IDENTITY_VERSION
from medpeft_sdk.results import ResultStore

COUNT = 400


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images with a bright upper part, a bright left part, both or neither."""
    root = tmp_path_factory.mktemp("films")
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for i in range(COUNT):
        upper, left = int(rng.random() < 0.5), int(rng.random() < 0.3)
        pixels = rng.integers(0, 100, (16, 16, 3)).astype(np.uint8)
        pixels[:8] += np.uint8(100 * upper)
        pixels[:, :8] += np.uint8(50 * left)
        Image.fromarray(pixels).save(root / f"{i}.png")
        patient, age = i // 2, int(rng.integers(20, 90))
        row = {"path": f"{i}.png", "upper": upper, "left": left, "patient": patient}
        rows.append(row | {"sex": "FM"[patient % 2], "age": age})
    with (root / "films.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return root / "films.csv"


@pytest.fixture
def planned(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MEDPEFT_CACHE_DIR", str(tmp_path / "cache"))

    def plan(*subsets: str, method: str = "full", **settings: Any) -> Evaluation:
        options = "label=upper+left,attributes=sex+age,group=patient"
        fast = {"min_steps": 30, "max_steps": 30, "validations": 3, "image_size": 32}
        return prepare(
            [method],
            datasets=[f"csv:{table},{options}"],
            subsets=subsets,
            seeds=[0],
            settings=fast | {"augmentation": "none"} | settings,
            output=tmp_path / "results",
            executor="serial",
        )

    return plan


def predictions_of(evaluation: Evaluation, cell_id: str) -> Predictions:
    store = ResultStore(Path(evaluation.settings.output), IDENTITY_VERSION)
    return Predictions.from_parquet(store.file(cell_id, "predictions.parquet"))


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_trained_chosen_and_evaluated(planned: Any, weighted: bool) -> None:
    evaluation = planned("100%", class_weights=weighted)
    (result,) = evaluation.run().results
    assert result.status == "ok", result.reason
    for name, estimate in result.metrics.items():
        assert estimate.value is not None, name
        assert estimate.low is not None and estimate.high is not None
        assert estimate.low <= estimate.value <= estimate.high
    assert result.metrics["auroc"].value > 0.8
    assert result.training is not None
    assert all(look.score is not None for look in result.training.looks)
    best = max(result.training.looks, key=lambda look: (look.score, -look.validation_loss))
    assert result.training.best_step == best.step
    predictions = predictions_of(evaluation, result.cell_id)
    assert predictions.classes == ("upper", "left")
    assert predictions.labels.shape == predictions.probabilities.shape
    entry = evaluation.registry.metrics.get("auroc")
    value = entry.load()(entry.spec).compute(
        torch.tensor(predictions.probabilities), torch.tensor(predictions.labels)
    )
    assert value == result.metrics["auroc"].value


def test_subgroups_can_be_computed_again_from_the_predictions(planned: Any) -> None:
    evaluation = planned("100%")
    (result,) = evaluation.run().results
    assert set(result.subgroups) == {"sex", "age"}
    sex = result.subgroups["sex"]
    assert {group.value for group in sex.groups} == {"F", "M"}
    assert set(sex.disparities) == {"auroc", "balanced_accuracy"}
    assert sum(group.n for group in sex.groups) == result.metrics["auroc"].n
    assert all(group.reason for group in result.subgroups["age"].groups if not group.metrics)
    metrics = {}
    for name in ("auroc", "balanced_accuracy"):
        entry = evaluation.registry.metrics.get(name)
        metrics[name] = entry.load()(entry.spec)
    again = estimate_subgroups(predictions_of(evaluation, result.cell_id), metrics)
    assert again == result.subgroups


def test_few_shots_train_too(planned: Any) -> None:
    (result,) = planned("4shot", method="linear").run().results
    assert result.status == "ok", result.reason
    assert result.training is not None
    assert 8 <= result.training.samples <= 12


def test_a_metric_that_does_not_apply_cannot_choose_and_says_so(
    planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = planned("4shot")
    spec = evaluation.registry.metrics.get("auroc").spec
    monkeypatch.setitem(vars(spec), "labels", ("one",))
    (result,) = evaluation.run().results
    assert result.status == "unsupported"
    assert result.reason == "auroc is defined for samples with one class each, which these are not"


def test_a_metric_that_does_not_apply_costs_its_own_value_alone(
    planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = planned("4shot")
    spec = evaluation.registry.metrics.get("balanced_accuracy").spec
    monkeypatch.setitem(vars(spec), "labels", ("one",))
    (result,) = evaluation.run().results
    assert result.status == "ok"
    assert result.metrics["balanced_accuracy"].value is None
    assert "one class each" in str(result.metrics["balanced_accuracy"].reason)
    assert result.metrics["auroc"].value is not None
    assert set(result.subgroups["sex"].disparities) == {"auroc"}
