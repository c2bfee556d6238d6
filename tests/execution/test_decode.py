"""Which images are decoded here, and which sets are shared between processes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from medpeft_sdk.api import Evaluation, prepare
from medpeft_sdk.data import Dataset, is_cached
from medpeft_sdk.execution import decode
from tests.cli.test_bad_input import image_folder

FILES = "folder:images"


@pytest.fixture
def evaluation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluation:
    monkeypatch.setenv("MEDPEFT_CACHE_DIR", str(tmp_path / "cache"))
    root = image_folder(tmp_path / "images", cat=16, dog=16)
    return prepare(
        ["linear"],
        datasets=["phantom_ultrasound", f"folder:{root}", "phantom_chest", "phantom_fundus"],
        subsets=["2shot"],
        settings={"image_size": 8},
        output=tmp_path / "results",
    )


def test_files_are_decoded_here_and_generated_sets_without_a_cache_are_shared(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached: list[tuple[str, bool]] = []
    shared: list[str] = []

    def remember(dataset: Dataset, *_: object, on_progress: object, **__: object) -> None:
        cached.append((dataset.spec.name, on_progress is not None))

    def first_elsewhere(
        run: Callable[[Any], None], tasks: list[Any], *, few: int, here: Callable[[Any], None]
    ) -> None:
        assert few == 1
        shared.extend(task.spec.name for task in tasks)
        run(tasks[0])
        here(tasks[1])

    monkeypatch.setattr(decode, "open_cache", remember)
    monkeypatch.setattr(decode, "is_cached", lambda d, *_, **__: d.spec.name == "phantom_chest")
    monkeypatch.setattr(decode, "share", first_elsewhere)
    settings, registry = evaluation.settings, evaluation.registry
    decode.decode(evaluation.plan.bundles, settings, registry, lambda *_: None)
    assert shared == ["phantom_ultrasound", "phantom_fundus"]
    assert cached == [(FILES, True), ("phantom_ultrasound", False), ("phantom_fundus", True)]


def test_a_cache_is_there_only_for_what_was_asked(evaluation: Evaluation) -> None:
    (bundle,) = [b for b in evaluation.plan.bundles if b.dataset.name == FILES]
    entry = evaluation.registry.datasets.get(FILES)
    dataset = entry.load()(bundle.dataset, Path(evaluation.settings.roots[FILES]))
    table = dataset.index()
    decode.decode([bundle], evaluation.settings, evaluation.registry, lambda *_: None)
    assert is_cached(dataset, table, image_size=8)
    assert not is_cached(dataset, table, image_size=16)
    assert not is_cached(dataset, table, image_size=8, skipped=[table.ids[0]])
