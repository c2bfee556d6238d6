from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from medpeft_sdk.api import open_dataset_at
from medpeft_sdk.data import Dataset, make_splits
from medpeft_sdk.errors import DataError, SpecError
from medpeft_sdk.registry import load_registry
from tests.data.dicoms import write_dicom
from tests.plugins.datasets.trees import paint


def folder(root: Path) -> Dataset:
    return open_dataset_at(f"folder:{root}")


def fill(root: Path, *classes: str, count: int = 3) -> Path:
    for name in classes:
        for i in range(count):
            paint(root / name / f"{i}.png")
    return root


def test_one_folder_a_class(tmp_path):
    dataset = folder(fill(tmp_path, "cat", "dog"))
    (tmp_path / "README.md").write_text("about")
    table = dataset.index()
    assert table.classes == ("cat", "dog")
    assert table.ids[:2] == ("cat/0.png", "cat/1.png")
    assert table.splits is None
    assert dataset.read("dog/2.png").shape == (8, 12, 3)
    assert str(tmp_path) not in dataset.spec.name


@pytest.mark.parametrize("parts", [("train", "test"), ("Train", "valid", "Test")])
def test_splits_inside(tmp_path, parts):
    for part in parts:
        fill(tmp_path / part, "cat", "dog", count=12)
    table = folder(tmp_path).index()
    assert table.splits is not None
    assert set(table.splits) == {{"valid": "val"}.get(p.lower(), p.lower()) for p in parts}
    splits = make_splits(table)
    assert len(splits.test) == 24
    assert {table.ids[i].split("/")[0].lower() for i in splits.test} == {"test"}


@pytest.mark.parametrize("name", ["HAM10000_dataset", "SMDG"])
def test_the_layout_of_the_benchmarks_authors(tmp_path, name):
    for part in ("train", "val", "test"):
        fill(tmp_path / name / part, "a", "b", "c")
    table = folder(tmp_path / name).index()
    assert (len(table), len(table.classes), set(table.splits)) == (27, 3, {"train", "val", "test"})


def test_folders_beside_the_splits_are_told(tmp_path):
    fill(tmp_path / "train", "cat", "dog")
    fill(tmp_path / "chest_xray" / "train", "cat", "dog")
    (tmp_path / "__MACOSX").mkdir()
    table = folder(tmp_path).index()
    assert len(table) == 6
    assert table.notes == ("folders beside the splits are not read: chest_xray",)


def test_dicom_is_an_image_too(tmp_path):
    fill(tmp_path, "cat", "dog")
    write_dicom(tmp_path / "dog" / "x.dcm", np.zeros((8, 12), dtype=np.uint8))
    dataset = folder(tmp_path)
    assert dataset.read("dog/x.dcm").shape == (8, 12, 3)
    assert len(dataset.index()) == 7


def test_a_mask_among_the_images_is_refused(tmp_path):
    fill(tmp_path, "cat", "dog")
    paint(tmp_path / "dog" / "1_mask.png")
    with pytest.raises(DataError, match=r"1 masks lie among the images: 1_mask\.png"):
        folder(tmp_path).index()


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ((), "no class folders"),
        (("cat",), "one class only: 'cat'"),
        (("images", "masks"), "'masks' would be read as a class"),
    ],
)
def test_bad_classes(tmp_path, classes, message):
    fill(tmp_path, *classes)
    with pytest.raises(DataError, match=message):
        folder(tmp_path).index()


def test_bad_paths(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        folder(tmp_path / "absent").index()
    with pytest.raises(DataError, match="names no folder"):
        load_registry().datasets.get("folder:")
    paint(tmp_path / "flat" / "1.png")
    with pytest.raises(DataError, match=r"no class folders, but the files 1\.png"):
        folder(tmp_path / "flat").index()


def test_one_level_too_high(tmp_path):
    fill(tmp_path / "nested" / "inner", "cat", "dog")
    with pytest.raises(DataError, match="one class only: 'inner'") as error:
        folder(tmp_path / "nested").index()
    assert f"add one level to the path: {tmp_path / 'nested' / 'inner'}" in str(error.value)


def test_images_one_level_too_deep(tmp_path):
    fill(tmp_path / "cat", "images")
    fill(tmp_path / "dog", "images")
    with pytest.raises(DataError, match="'cat' holds other things than images: images") as error:
        folder(tmp_path).index()
    assert "one level too deep: move them up" in str(error.value)


def test_uneven_trees(tmp_path):
    (fill(tmp_path / "empty", "cat", "dog") / "eel").mkdir()
    with pytest.raises(DataError, match="'eel' is empty"):
        folder(tmp_path / "empty").index()
    fill(tmp_path / "uneven" / "train", "cat", "dog")
    fill(tmp_path / "uneven" / "test", "cat")
    with pytest.raises(DataError, match="class 'dog' is missing in test"):
        folder(tmp_path / "uneven").index()


@pytest.mark.parametrize("name", ["a\nb", "a\x1bb", "a\udcffb"])
def test_names_that_cannot_be_shown_are_refused(tmp_path, name):
    try:
        fill(tmp_path / "inside", "cat", name)
    except OSError:
        pytest.skip("the file system has no such names")
    with pytest.raises(DataError, match="name of a folder holds a character") as error:
        folder(tmp_path / "inside").index()
    assert "rename the folder" in str(error.value)
    with pytest.raises(SpecError, match="holds a character that cannot be shown") as error:
        folder(tmp_path / "inside" / name)
    assert repr(name)[1:-1] in str(error.value)


@pytest.mark.parametrize("name", ["a\nb.png", "a\udcffb.png"])
def test_images_whose_names_cannot_be_shown_are_refused(tmp_path, name):
    root = fill(tmp_path, "cat", "dog")
    try:
        (root / "cat" / "0.png").rename(root / "cat" / name)
    except OSError:
        pytest.skip("the file system has no such names")
    with pytest.raises(DataError, match="1 name of images cannot be shown") as error:
        folder(root).index()
    assert "rename the files" in str(error.value)


def test_a_link_to_a_name_that_cannot_be_shown(tmp_path):
    fill(tmp_path / "a\nb", "cat", "dog")
    (tmp_path / "link").symlink_to(tmp_path / "a\nb", target_is_directory=True)
    with pytest.raises(DataError, match="name of a folder holds a character"):
        folder(tmp_path / "link")


def test_options_are_refused_with_what_to_do(tmp_path):
    with pytest.raises(SpecError, match="has no option 'missing'") as error:
        load_registry().datasets.get(f"folder:{fill(tmp_path, 'cat', 'dog')},missing=drop")
    assert error.value.mend.startswith("leave it out; ")


def test_a_path_that_looks_like_an_option(tmp_path):
    with pytest.raises(SpecError, match="has no option 'b'") as error:
        folder(fill(tmp_path / "a,b=c", "cat", "dog"))
    assert "',b=' begins an option: if it is part of a path, rename" in str(error.value)


def test_archives_and_images_beside_the_class_folders_are_told(tmp_path):
    for part in ("train", "test"):
        fill(tmp_path / part, "cat", "dog")
    (tmp_path / "train" / "more.zip").write_bytes(b"PK")
    (tmp_path / "set.tar.gz").write_bytes(b"x")
    (tmp_path / "table.csv.gz").write_bytes(b"x")
    paint(tmp_path / "loose.png")
    assert folder(tmp_path).index().notes == (
        "archives beside the class folders are not unpacked: set.tar.gz, more.zip",
        "images beside the class folders are not read: loose.png",
    )


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(fill(tmp_path, "cat", "dog") / "cat" / "pipe.png")
    with pytest.raises(DataError, match="no regular file") as error:
        folder(tmp_path).index()
    assert "pipe.png" in str(error.value)
