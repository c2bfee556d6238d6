from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from PIL import Image

from medpeft_sdk.api import open_dataset_at
from medpeft_sdk.data import open_cache
from medpeft_sdk.data.content import content_digest
from medpeft_sdk.errors import DataError
from medpeft_sdk.registry import load_registry
from tests.plugins.datasets.trees import paint


def test_without_the_library_it_tells_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match="library datasets is not installed") as error:
        open_dataset_at("hf:owner/name").index()
    assert "medpeft-sdk[hf]" in str(error.value)


def test_names(tmp_path):
    datasets = load_registry().datasets
    assert datasets.get("hf:owner/name@abc,label=x").spec.name == "hf:owner/name@abc,label=x"
    assert datasets.get(f"hf:{tmp_path}").spec.name == f"hf:{tmp_path.name}"
    for name in ("hf:", "hf:@abc"):
        with pytest.raises(DataError, match="names no repository"):
            datasets.get(name)


@pytest.fixture
def library(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    return pytest.importorskip("datasets")


def test_a_folder_of_class_folders(library, tmp_path):
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            for i in range(3):
                paint(tmp_path / "set" / split / name / f"{split}{i}.png")
    dataset = open_dataset_at(f"hf:{tmp_path / 'set'}")
    table = dataset.index()
    assert table.classes == ("cat", "dog")
    assert np.bincount(table.labels).tolist() == [6, 6]
    assert table.splits == ("train",) * 6 + ("test",) * 6
    assert table.ids[0] == "train/0/image"
    assert (table.sizes > 0).all()
    assert dataset.read("test/5/image").shape == (8, 12, 3)


@pytest.fixture
def parquet(library, tmp_path):
    """A folder in the form of the Hub, with images inside a table."""
    features = library.Features(
        {
            "picture": library.Image(),
            "diagnosis": library.Value("string"),
            "findings": library.Sequence(library.ClassLabel(names=["effusion", "edema", "mass"])),
            "patient": library.Value("int64"),
        }
    )
    rows = {
        "picture": [str(paint(tmp_path / f"{i}.png")) for i in range(4)],
        "diagnosis": ["ill", "well", "ill", "ill"],
        "findings": [[], [0], [0, 2], [1]],
        "patient": [1, 1, 2, 3],
    }
    (tmp_path / "repository").mkdir()
    rows_ = library.Dataset.from_dict(rows, features=features)
    rows_.to_parquet(tmp_path / "repository" / "train.parquet")
    return tmp_path / "repository"


def test_columns_by_name(parquet):
    dataset = open_dataset_at(f"hf:{parquet},image=picture,label=diagnosis,group=patient")
    table = dataset.index()
    assert (table.classes, table.labels.tolist()) == (("ill", "well"), [0, 1, 0, 0])
    assert table.groups == ("1", "1", "2", "3")
    assert table.splits is None
    assert dataset.read(table.ids[0]).shape == (8, 12, 3)


def test_rows_without_a_group_stand_alone(library, parquet):
    file = str(parquet / "train.parquet")
    rows = library.Dataset.from_parquet(file, cache_dir=str(parquet.parent / "rows"))
    empty = {"patient": [1, 1, None, None]}
    library.Dataset.from_dict(rows.to_dict() | empty, features=rows.features).to_parquet(file)
    table = open_dataset_at(f"hf:{parquet},image=picture,label=diagnosis,group=patient").index()
    assert table.groups == ("1", "1", *table.ids[2:])


def test_lists_of_labels(parquet):
    table = open_dataset_at(f"hf:{parquet},image=picture,label=findings").index()
    assert table.classes == ("effusion", "edema", "mass")
    assert table.labels.tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 1, 0]]


def show(library, repository, seeds):
    """Writes a table of bitmaps, whose length does not depend on what they show."""

    def bitmap(seed):
        pixels = np.random.default_rng(seed).integers(0, 256, (8, 12, 3), dtype=np.uint8)
        data = io.BytesIO()
        Image.fromarray(pixels).save(data, format="bmp")
        return {"bytes": data.getvalue(), "path": "image.bmp"}

    features = library.Features(
        {"image": library.Image(), "label": library.ClassLabel(names=["a", "b"])}
    )
    rows = {"image": [bitmap(seed) for seed in seeds], "label": [0, 1] * (len(seeds) // 2)}
    repository.mkdir(exist_ok=True)
    (repository / "train.parquet").unlink(missing_ok=True)
    library.Dataset.from_dict(rows, features=features).to_parquet(repository / "train.parquet")


def test_other_images_of_the_same_length_in_a_table_are_told_apart(library, tmp_path):
    def seen(seeds):
        show(library, tmp_path / "set", seeds)
        dataset = open_dataset_at(f"hf:{tmp_path / 'set'}")
        table = dataset.index()
        pixels = open_cache(dataset, table, image_size=8, folder=tmp_path / "pixels")
        return table.fingerprint, content_digest(dataset, table), np.array(pixels)

    first, other, again = seen(range(6)), seen((0, 1, 2, 3, 4, 9)), seen(range(6))
    assert first[0] == other[0] == again[0]
    assert first[1] == again[1] and first[1] != other[1]
    assert (first[2] == again[2]).all()
    assert (first[2] != other[2]).any(axis=(1, 2, 3)).tolist() == [False] * 5 + [True]


def test_other_images_of_the_same_length_in_files_are_told_apart(library, tmp_path):
    files = [
        paint(tmp_path / "set" / "train" / name / f"{i}.bmp") for name in "ab" for i in range(3)
    ]

    def content():
        dataset = open_dataset_at(f"hf:{tmp_path / 'set'}")
        return content_digest(dataset, dataset.index())

    before = content()
    assert before is not None and content() == before
    Image.new("RGB", (12, 8)).save(files[-1])
    assert content() != before


def test_a_row_without_an_image_is_told(library, tmp_path):
    show(library, tmp_path / "set", range(4))
    file = str(tmp_path / "set" / "train.parquet")
    rows = library.Dataset.from_parquet(file, cache_dir=str(tmp_path / "rows"))
    rows = rows.cast_column("image", library.Image(decode=False))
    images = [*rows["image"][:3], None]
    library.Dataset.from_dict(
        {"image": images, "label": rows["label"]}, features=rows.features
    ).to_parquet(file)
    with pytest.raises(DataError, match="a row has no image") as error:
        open_dataset_at(f"hf:{tmp_path / 'set'}").index()
    assert "image=COLUMN" in error.value.mend


def test_what_cannot_be_used(parquet, tmp_path):
    with pytest.raises(DataError, match="no column 'image'") as error:
        open_dataset_at(f"hf:{parquet}").index()
    assert "picture" in str(error.value)
    assert error.value.mend == "name another: image=COLUMN"
    with pytest.raises(DataError, match="no column 'diagnose'") as error:
        open_dataset_at(f"hf:{parquet},image=picture,label=diagnose").index()
    assert error.value.mend == "did you mean label=diagnosis?"
    with pytest.raises(DataError, match="cannot be read"):
        open_dataset_at("hf:nobody/nothing").index()
