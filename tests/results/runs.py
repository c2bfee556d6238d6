"""Stores of runs that predict as well as their method's signal is strong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sklearn.metrics import roc_auc_score

from medpeft_sdk.evaluation import Predictions
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import Estimate, ProtocolSpec, Subset
from tests.evaluation.conftest import make_predictions
from tests.results.factory import IDENTITY, make_estimate, make_result

SIGNAL = {"linear": 0.5, "lora": 2.0, "ssf": 2.0}
PROTOCOL = ProtocolSpec(
    name="quick",
    version=1,
    title="Quick",
    datasets=("busi",),
    backbones=("timm/resnet18",),
    subsets=(Subset(shots=16),),
    seeds=(0, 1, 2),
    metrics=("accuracy",),
)


def make_store(folder: Path, **changes: Any) -> ResultStore:
    """Makes an empty store of the protocol above, with other fields where given."""
    store = ResultStore(folder / "results", IDENTITY)
    store.create()
    store.write_protocol(PROTOCOL.model_copy(update=changes), "1" * 64)
    return store


def predictions(method: str, seed: int) -> Predictions:
    """Draws what a method predicts for 200 images of 40 patients; the images never change."""
    run = seed + 100 * list(SIGNAL).index(method)
    return make_predictions(n=200, signal=SIGNAL[method], groups=40, seed=run)


def scored(made: Predictions) -> dict[str, Estimate]:
    """Returns accuracy and AUROC of predictions."""
    right = float((made.probabilities.argmax(axis=1) == made.labels).mean())
    area = roc_auc_score(made.labels, made.probabilities, multi_class="ovr", average="macro")
    return {"accuracy": make_estimate(right), "auroc": make_estimate(float(area))}


def add(store: ResultStore, method: str, seed: int, **result: Any) -> None:
    """Writes a result with its predictions, and their scores."""
    made = predictions(method, seed)
    result = {"metrics": scored(made)} | result
    files = {"predictions.parquet": made.to_parquet}
    store.write(make_result(method=method, seed=seed, **result), files)
