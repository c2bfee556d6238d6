from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from medpeft_sdk.api import open_dataset_at
from medpeft_sdk.errors import DataError
from tests.plugins.datasets import trees

TOP = "Dataset_BUSI_with_GT"


@pytest.fixture
def root(tmp_path):
    return trees.busi(tmp_path)


def test_masks_are_left_out_and_the_folder_names_the_class(root):
    dataset = open_dataset_at("busi", root)
    table = dataset.index()
    assert np.bincount(table.labels).tolist() == [4, 3, 2]
    assert table.classes == ("benign", "malignant", "normal")
    assert table.ids[0] == "benign/benign (1).png"
    assert dataset.read(table.ids[0]).shape == (8, 12, 3)


def test_the_root_may_be_the_folder_or_its_parent(root):
    inner = open_dataset_at("busi", root / TOP).index()
    assert inner.fingerprint == open_dataset_at("busi", root).index().fingerprint


@pytest.fixture
def repeated(tmp_path):
    """Enough images that known near-duplicates are among them, some of two classes."""
    return trees.busi(tmp_path, benign=437, malignant=210, normal=133)


def test_near_duplicates_are_grouped_kept_or_dropped(repeated):
    grouped = open_dataset_at("busi", repeated).index()
    groups = dict(zip(grouped.ids, grouped.groups, strict=True))
    assert groups["benign/benign (1).png"] == groups["benign/benign (318).png"]
    assert groups["benign/benign (2).png"] == "benign/benign (2).png"
    kept = open_dataset_at("busi,twins=keep", repeated).index()
    assert kept.groups is None
    assert kept.ids == grouped.ids
    dropped = open_dataset_at("busi,twins=drop", repeated).index()
    assert "benign/benign (1).png" in dropped.ids
    assert "benign/benign (318).png" not in dropped.ids
    assert dropped.notes == (
        f"{len(kept) - len(dropped)} images that nearly repeat another are left out",
    )
    assert len({groups[name] for name in dropped.ids}) == len(dropped)


def test_near_duplicates_of_two_classes_are_dropped_wholly(repeated):
    grouped = open_dataset_at("busi", repeated).index()
    classes: dict[str, set[str]] = {}
    for name, group in zip(grouped.ids, grouped.groups, strict=True):
        classes.setdefault(group, set()).add(name.partition("/")[0])
    torn = {group for group, found in classes.items() if len(found) > 1}
    assert torn
    assert not torn & set(open_dataset_at("busi,twins=drop", repeated).index().ids)


def test_bad_class_folders(root, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="class folder 'benign' is missing"):
        open_dataset_at("busi", tmp_path / "empty").index()
    normal = root / TOP / "normal"
    (normal / "notes.txt").write_text("x")
    with pytest.raises(DataError, match=r"other things than images: notes\.txt"):
        open_dataset_at("busi", root).index()
    for file in normal.iterdir():
        file.unlink()
    with pytest.raises(DataError, match="'normal' is empty"):
        open_dataset_at("busi", root).index()


def test_a_set_that_is_still_packed_is_named(tmp_path):
    (tmp_path / "archive.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match="is missing") as error:
        open_dataset_at("busi", tmp_path).index()
    assert "unpack archive.zip" in str(error.value)


def test_a_class_of_masks_alone_has_no_images(root):
    for file in (root / TOP / "normal").glob("*).png"):
        file.unlink()
    with pytest.raises(DataError, match="holds masks only"):
        open_dataset_at("busi", root).index()


def test_the_list_of_near_duplicates_is_the_one_of_the_documentation(repeated):
    table = open_dataset_at("busi", repeated).index()
    sizes = [n for n in Counter(table.groups).values() if n > 1]
    text = (Path(__file__).parents[3] / "docs/datasets.md").read_text("utf-8")
    assert f"a fixed list of {len(sizes)} clusters, {sum(sizes)} images" in text


def test_alike_images_of_one_class_are_one_group(repeated):
    table = open_dataset_at("busi", repeated).index()
    groups = dict(zip(table.ids, table.groups, strict=True))
    for numbers in ((32, 127), (55, 57, 67, 68)):
        assert len({groups[f"normal/normal ({n}).png"] for n in numbers}) == 1
