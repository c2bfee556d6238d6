from __future__ import annotations

import sys

import numpy as np
import pytest

from medpeft_sdk.api import open_dataset_at
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


def test_what_cannot_be_used(parquet, tmp_path):
    with pytest.raises(DataError, match="no column 'image'") as error:
        open_dataset_at(f"hf:{parquet}").index()
    assert "picture" in str(error.value)
    with pytest.raises(DataError, match="cannot be read"):
        open_dataset_at("hf:nobody/nothing").index()
