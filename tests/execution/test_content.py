"""Other images under the same names are other cells, whatever their files look like outside."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medpeft_sdk.api import prepare
from medpeft_sdk.data import Dataset, open_cache
from medpeft_sdk.data.content import content_digest
from medpeft_sdk.execution.dataset import open_dataset
from medpeft_sdk.registry import load_registry

WHEN = 1_600_000_000


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDPEFT_CACHE_DIR", str(tmp_path / "cache"))
    draw(tmp_path / "set", seed=0)
    return tmp_path / "set"


def draw(root: Path, seed: int) -> None:
    """Writes bitmaps, whose size does not depend on what they show, as of one time."""
    rng = np.random.default_rng(seed)
    for name in ("dark", "bright"):
        (root / name).mkdir(parents=True, exist_ok=True)
        for at in range(10):
            file = root / name / f"{at}.bmp"
            Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(file)
            os.utime(file, (WHEN, WHEN))


def opened(root: Path) -> Dataset:
    registry = load_registry()
    spec = registry.datasets.get(f"folder:{root}").spec
    return open_dataset(spec, registry, {spec.name: str(root)})


def cell(root: Path) -> str:
    planned = prepare(
        ["linear"], datasets=[f"folder:{root}"], subsets=["4shot"], seeds=[0], output=root / "out"
    )
    return planned.plan.cells[0].id


def test_other_pixels_of_equal_size_and_time_are_another_cell(root: Path) -> None:
    first = cell(root)
    assert cell(root) == first
    draw(root, seed=1)
    assert cell(root) != first
    draw(root, seed=0)
    assert cell(root) == first


def test_images_that_changed_places_are_another_cell(root: Path) -> None:
    first = cell(root)
    one, other, aside = root / "dark/0.bmp", root / "dark/1.bmp", root / "aside"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
    assert cell(root) != first


def test_decoded_images_of_equal_size_and_time_are_not_taken_for_each_other(root: Path) -> None:
    before = np.array(open_cache(opened(root), opened(root).index(), image_size=8))
    draw(root, seed=1)
    after = open_cache(opened(root), opened(root).index(), image_size=8)
    assert not np.array_equal(before, after)


def test_generated_images_have_no_files_to_know() -> None:
    registry = load_registry()
    spec = registry.datasets.get("phantom_ultrasound").spec
    dataset = open_dataset(spec, registry, {})
    assert content_digest(dataset, dataset.index()) is None
