"""How long a folder of many results takes to open, to rank and to report.

    python -m benchmarks.results

The results are invented, and as large as real ones: six metrics, ten looks at validation, two
attributes with four subgroups each, predictions and an adapter beside them.

Of 100,000 results on two slow cores, while asking the system about a file takes 8 us: opened again
as `rank` opens them, with one metric and without the fields that no ranking reads, 2.5 s (median of
35 in five processes, 2.2 to 2.9; the version before took 3.9). Reported 57 s (n = 6, 55 to 66); the
version before took 96.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from medpeft_sdk.analysis import UNSCORED, differences, read_scores, standing, ties
from medpeft_sdk.analysis.report import assets_beside, gather, write_report
from medpeft_sdk.errors import StoreError
from medpeft_sdk.planning import IDENTITY_VERSION, cell_id, protocol_hash
from medpeft_sdk.registry import load_registry
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import CellSpec, ProtocolSpec, ResultSpec

NEW = 100
GRID: dict[str, list[Any]] = {
    "method": [f"method_{at:02}" for at in range(32)],
    "dataset": [{"name": f"dataset_{at}", "fingerprint": f"{at}" * 64} for at in range(6)],
    "backbone": [{"name": f"timm/backbone_{at}", "weights": f"{at}" * 64} for at in range(8)],
    "subset": ["16shot", "1%", "5%", "10%", "25%", "50%", "100%"],
}
METRICS = ("auroc", "balanced_accuracy", "f1", "average_precision", "brier", "ece")
PROTOCOL = ProtocolSpec.from_data(
    {
        "name": "invented",
        "version": 1,
        "title": "Invented",
        "datasets": [dataset["name"] for dataset in GRID["dataset"]],
        "backbones": [backbone["name"] for backbone in GRID["backbone"]],
        "subsets": GRID["subset"],
        "seeds": [0],
        "metrics": METRICS,
        "reference": "method_00",
    },
    where="benchmarks.results",
)
FILES = {"predictions.parquet": os.urandom(8000), "adapter.safetensors": os.urandom(4000)}
LINKS = 50_000  # A file system has few names for a file to spare: ext4 65,000.


def cells() -> Iterator[CellSpec]:
    """Yields the cells of the grid, seed after seed."""
    recipe = {"image_size": 224, "epochs": 30, "learning_rate": 1e-3}
    common = {"hyperparameters": {"rank": 8}, "selection_metric": "auroc", "recipe": recipe}
    grid = [
        CellSpec.from_data(
            dict(zip(GRID, values, strict=True)) | common | {"seed": 0}, where="benchmarks.results"
        )
        for values in itertools.product(*GRID.values())
    ]
    for seed in itertools.count():
        for cell in grid:
            yield cell.model_copy(update={"seed": seed})


def invent(cell: CellSpec, rng: np.random.Generator) -> dict[str, Any]:
    """Makes up an answer, as the data of a `ResultSpec`."""

    def estimates(n: int) -> dict[str, Any]:
        values = 0.8 + 0.05 * rng.normal(size=len(METRICS))
        return {
            name: {"value": v, "low": v - 0.03, "high": v + 0.03, "n": n}
            for name, v in zip(METRICS, values.tolist(), strict=True)
        }

    first, second = METRICS[:2]
    groups = [
        {"value": f"value {at}", "n": 60, "metrics": dict(list(estimates(60).items())[:2])}
        for at in range(4)
    ]
    disparities = {
        name: {
            "worst_group": "value 0",
            "worst": groups[0]["metrics"][name],
            "gap": estimates(240)[name],
        }
        for name in (first, second)
    }
    losses = rng.random((10, 3)).tolist()
    looks = [
        {"step": 50 * at, "training_loss": a, "validation_loss": b, "score": c}
        for at, (a, b, c) in enumerate(losses, start=1)
    ]
    seconds = rng.random(4).tolist()
    plugins = ("method", "dataset", "backbone", *["metric"] * 6)
    return {
        "identity_version": IDENTITY_VERSION,
        "cell_id": cell_id(cell),
        "cell": cell.model_dump(mode="json"),
        "status": "ok",
        "metrics": estimates(240),
        "subgroups": {
            name: {"groups": groups, "disparities": disparities} for name in ("sex", "age")
        },
        "parameters": {"total": 10**7, "trainable": 999, "added": 0, "stored": 999, "head": 9},
        "costs": {
            "setup_seconds": seconds[0],
            "training_seconds": seconds[1],
            "evaluation_seconds": seconds[2],
            "images_per_second": seconds[3],
            "peak_memory_bytes": 10**9,
            "steps": 500,
            "micro_batch_size": 32,
        },
        "training": {
            "learning_rate": 1e-3,
            "best_step": 500,
            "samples": 500,
            "validation_samples": 100,
            "looks": looks,
        },
        "environment": {
            "python": "3.11",
            "platform": "Linux x86_64",
            "device": "cpu",
            "precision": "float32",
            "threads": 1,
            "deterministic": True,
            "versions": dict.fromkeys(("medpeft-sdk", "torch", "timm", "peft"), "1.2.3"),
        },
        "provenance": [
            {"kind": kind, "name": "name", "distribution": "medpeft-sdk", "version": "0.1.0"}
            for kind in plugins
        ],
        "protocol": {
            "name": PROTOCOL.name,
            "version": PROTOCOL.version,
            "hash": protocol_hash(PROTOCOL),
            "ruleset": "fixed",
        },
        "synthetic": True,
        "splits": "0" * 64,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()},
        "sizes": {name: len(data) for name, data in FILES.items()},
        "created": "2026-01-01T00:00:00+00:00",
    }


def add(store: ResultStore, found: Iterator[CellSpec], count: int) -> None:
    """Writes results of the next cells, without waiting for the disk as the store does."""
    rng = np.random.default_rng(count)
    for at, cell in enumerate(itertools.islice(found, count)):
        if at % LINKS == 0:
            for name, content in FILES.items():
                (store.folder / name).unlink(missing_ok=True)
                (store.folder / name).write_bytes(content)
        result = invent(cell, rng)
        folder = store.folder / "cells" / result["cell_id"]
        folder.mkdir()
        for name in FILES:
            (folder / name).hardlink_to(store.folder / name)
        (folder / "result.json").write_text(json.dumps(result))


def scored(store: ResultStore) -> tuple[list[ResultSpec], list[StoreError]]:
    """Opens the folder as `medpeft results rank` does."""
    return store.sound_and_damaged(without=UNSCORED, metrics=["auroc"])


def rank(store: ResultStore) -> None:
    """Does what `medpeft results rank` does, but for resampling predictions."""
    entry = load_registry().metrics.get("auroc")
    results, _ = scored(store)
    scores = read_scores(store, entry.load()(entry.spec), results=results, resamples=0)
    standing(scores)
    ties(scores)
    differences(scores, "method_00")


def report(store: ResultStore) -> None:
    """Does what `medpeft report` does; of so many, the predictions are not read."""
    page = store.folder.with_name("report.html")
    write_report(gather(store, load_registry()), page, assets_beside(page))


def measure(name: str, run: Callable[[], object]) -> None:
    """Prints how long something takes: by the clock, and of this process's processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    found = run()  # Kept, for forgetting so many results takes time of its own.
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    del found
    print(f"{name}: {wall:.1f} s ({processor:.1f} s of processor time)", flush=True)


def main() -> None:
    """Prints durations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=100_000, help="results")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        store = ResultStore(Path(scratch, "results"), IDENTITY_VERSION)
        store.create()
        store.write_protocol(PROTOCOL, protocol_hash(PROTOCOL))
        found = cells()
        add(store, found, options.n)
        print(f"{options.n:,} results")
        time.sleep(2)  # Files that were just written are not believed to stay as they are.
        measure("opened for the first time", lambda: scored(store))
        measure("opened again", lambda: scored(store))
        add(store, found, NEW)
        measure(f"with {NEW} new ones", lambda: scored(store))
        measure("which cells are finished", store.finished)
        measure("ranked by scores alone", lambda: rank(store))
        measure("opened with all fields", store.sound_and_damaged)
        measure("reported", lambda: report(store))


if __name__ == "__main__":
    main()
