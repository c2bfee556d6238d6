"""Small datasets and tables for the tests of data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from medpeft_sdk.data import Dataset, SampleTable
from medpeft_sdk.specs import DatasetSpec


def make_table(
    labels: Sequence[int],
    groups: Sequence[str] | None = None,
    splits: Sequence[str] | None = None,
    classes: int | None = None,
) -> SampleTable:
    return SampleTable(
        ids=tuple(f"image {i}" for i in range(len(labels))),
        labels=np.array(labels, dtype=np.int64),
        classes=tuple(f"class {k}" for k in range(classes or max(labels) + 1)),
        groups=tuple(groups) if groups else None,
        splits=tuple(splits) if splits else None,
    )


def shuffled(table: SampleTable, seed: int) -> SampleTable:
    order = np.random.default_rng(seed).permutation(len(table))

    def pick(column: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(column[i] for i in order)

    return SampleTable(
        ids=pick(table.ids),
        labels=table.labels[order],
        classes=table.classes,
        groups=pick(table.groups) if table.groups else None,
        splits=pick(table.splits) if table.splits else None,
    )


@st.composite
def tables(draw: st.DrawFn, *, groups: bool | None = None) -> SampleTable:
    """Tables of two to four classes, each with at least twelve groups of one to four images."""
    grouped = draw(st.booleans()) if groups is None else groups
    labels: list[int] = []
    names: list[str] = []
    for k in range(draw(st.integers(2, 4))):
        sizes = draw(st.lists(st.integers(1, 4 if grouped else 1), min_size=12, max_size=60))
        for g, size in enumerate(sizes):
            labels += [k] * size
            names += [f"patient {k}-{g}"] * size
    return make_table(labels, names if grouped else None)


@st.composite
def tables_of_several_labels(draw: st.DrawFn) -> SampleTable:
    """Tables of two to five labels, common and rare, that occur together; some samples have none.

    Each label is had by at least twenty samples, which stand alone or in groups of up to three.
    """
    classes = draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(150, 400))
    rates = np.geomspace(0.03, 0.5, classes) * np.exp(rng.normal(size=(n, 1)) - 0.5)
    labels = (rng.random((n, classes)) < rates).astype(np.int64)
    for k in range(classes):
        labels[20 * k : 20 * (k + 1), k] = 1
    grouped = draw(st.booleans())
    return SampleTable(
        ids=tuple(f"image {i}" for i in range(n)),
        labels=labels,
        classes=tuple(f"class {k}" for k in range(classes)),
        groups=tuple(f"patient {i}" for i in rng.integers(0, n, n)) if grouped else None,
    )


class Files(Dataset):
    """Image files in one flat folder; the label is the first character of the name."""

    def index(self) -> SampleTable:
        files = sorted(self.need_root().iterdir())
        return SampleTable(
            ids=tuple(file.name for file in files),
            labels=np.array([int(file.name[0]) for file in files], dtype=np.int64),
            classes=("a", "b"),
            sizes=np.array([file.stat().st_size for file in files], dtype=np.int64),
        )

    def path(self, sample_id: str) -> Path:
        return self.need_root() / sample_id


def spec(name: str = "files") -> DatasetSpec:
    return DatasetSpec(name=name, title="t", modality="any", licence="none", access="none")


def write_image(path: Path, *, seed: int = 0, size: tuple[int, int] = (24, 16)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def write_files(root: Path, count: int = 20) -> Files:
    for i in range(count):
        write_image(root / f"{i % 2}_{i:03}.png", seed=i)
    return Files(spec(), root)
