"""Stores of runs that predict as well as their method's signal is strong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from medpeft_sdk.evaluation import Predictions
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import ProtocolSpec, Subset
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


def make_store(folder: Path) -> ResultStore:
    """Makes an empty store of the protocol above."""
    store = ResultStore(folder / "results", IDENTITY)
    store.create()
    store.write_protocol(PROTOCOL, "1" * 64)
    return store


def predictions(method: str, seed: int) -> Predictions:
    """Draws what a method predicts for 200 images of 40 patients; the images never change."""
    run = seed + 100 * list(SIGNAL).index(method)
    return make_predictions(n=200, signal=SIGNAL[method], groups=40, seed=run)


def add(store: ResultStore, method: str, seed: int, **result: Any) -> None:
    """Writes a result with its predictions, and their accuracy."""
    made = predictions(method, seed)
    right = float((made.probabilities.argmax(axis=1) == made.labels).mean())
    result = {"metrics": {"accuracy": make_estimate(right)}} | result
    files = {"predictions.parquet": made.to_parquet}
    store.write(make_result(method=method, seed=seed, **result), files)
