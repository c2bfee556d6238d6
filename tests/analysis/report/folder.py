"""Results folders whose numbers come from the predictions that they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path

from medpeft_sdk.evaluation import estimate
from medpeft_sdk.planning import protocol_hash
from medpeft_sdk.registry import load_registry
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import ParameterCounts, ProtocolRef, ProtocolSpec, ResultSpec, Subset
from tests.evaluation.conftest import make_predictions
from tests.results.factory import IDENTITY, make_result, make_subgroups

SIGNALS = {"linear": 0.5, "lora": 1.1, "ssf": 1.1, "full": 0.9}
NO_ANSWER = {"metrics": {}, "parameters": None, "costs": None}


def make_folder(
    folder: Path,
    *,
    signals: Mapping[str, float] = SIGNALS,
    datasets: Sequence[str] = ("busi", "ham10000"),
    backbones: Sequence[str] = ("timm/resnet18",),
    fractions: Sequence[str] = ("16shot", "100%"),
    seeds: Sequence[int] = (0, 1, 2),
    images: int = 60,
    synthetic: bool = False,
    change: Callable[[ResultSpec], ResultSpec | None] = lambda result: result,
) -> ResultStore:
    """Makes results of methods whose predictions are as good as their signal.

    Args:
        folder: Where.
        signals: Signal of each method.
        datasets: Names of datasets.
        backbones: Names of backbones; later ones have more signal.
        fractions: Subsets; later ones have more signal.
        seeds: Seeds.
        images: Test images of a dataset, two of a patient.
        synthetic: Whether the images count as generated.
        change: Alters a result before it is written; ``None`` leaves it out.
    """
    protocol = ProtocolSpec(
        name="planted",
        version=2,
        title="A protocol with planted answers",
        methods=tuple(signals),
        datasets=tuple(datasets),
        backbones=tuple(backbones),
        subsets=tuple(map(Subset.model_validate, fractions)),
        seeds=tuple(seeds),
        metrics=("auroc", "brier"),
    )
    store = ResultStore(folder, IDENTITY)
    store.create()
    digest = protocol_hash(protocol)
    store.write_protocol(protocol, digest)
    entries = map(load_registry().metrics.get, protocol.metrics)
    metrics = {entry.spec.name: entry.load()(entry.spec) for entry in entries}
    grid = product(signals, datasets, enumerate(backbones), enumerate(protocol.subsets), seeds)
    for method, dataset, (b, backbone), (f, subset), seed in grid:
        at = list(signals).index(method)
        run = f"{method} {dataset} {backbone} {subset} {seed}"
        predictions = make_predictions(
            n=images,
            signal=signals[method] * (1 + 0.2 * b) * (1 + 0.3 * f),
            groups=images // 2,
            seed=int(hashlib.sha256(run.encode()).hexdigest()[:6], 16),
            labels_seed=datasets.index(dataset),
        )
        made = make_result(
            method=method,
            dataset=dataset,
            backbone=backbone,
            subset=subset,
            seed=seed,
            metrics=estimate(predictions, metrics, resamples=50),
            subgroups={"sex": make_subgroups(0.05 + 0.1 * datasets.index(dataset))},
            synthetic=synthetic,
        )
        size = 1_000_000 * (1 + b)
        counts = ParameterCounts(
            total=size, trainable=500 * (1 + at) ** 3, added=0, stored=500, head=100
        )
        ref = ProtocolRef(name=protocol.name, version=2, hash=digest, ruleset=protocol.ruleset)
        result = change(made.model_copy(update={"protocol": ref, "parameters": counts}))
        if result is not None and result.status == "ok":
            store.write(result, {"predictions.parquet": predictions.to_parquet})
        elif result is not None:
            store.write(result.model_copy(update=NO_ANSWER))
    return store
