from __future__ import annotations

import re

import numpy as np
import pytest

from medpeft_sdk.api import open_dataset_at
from medpeft_sdk.data import make_splits
from medpeft_sdk.data.verify import verify
from medpeft_sdk.errors import DataError
from tests.plugins.datasets import contents, trees


@pytest.mark.parametrize("form", ["kaggle", "dataverse", "combined"])
def test_every_form_is_read_in_full(tmp_path, form):
    dataset = open_dataset_at("ham10000", trees.ham10000(tmp_path, form))
    table = dataset.index()
    assert table.classes == contents.HAM_CLASSES
    assert np.bincount(table.labels).tolist() == [3] * 7
    assert table.ids[0] == "ISIC_0024306"
    assert all(dataset.read(name).shape == (8, 12, 3) for name in table.ids)


def test_images_of_a_lesion_stay_together_unless_the_split_is_by_image(tmp_path):
    root = trees.ham10000(tmp_path)
    groups = open_dataset_at("ham10000", root).index().groups
    assert groups[:3] == ("HAM_0000000", "HAM_0000000", "HAM_0000001")
    assert len(set(groups)) == 14
    assert open_dataset_at("ham10000,split=image", root).index().groups is None


def test_attributes_are_empty_where_unknown(tmp_path):
    attributes = (
        open_dataset_at("ham10000", trees.ham10000(tmp_path, "dataverse")).index().attributes
    )
    assert set(attributes) == {"sex", "age", "localization", "dx_type", "source"}
    assert attributes["sex"][:3] == ("", "", "male")
    assert attributes["age"][2:4] == ("", "80.0")


def test_what_belongs_to_other_tasks_is_left_out_and_told(tmp_path):
    table = open_dataset_at("ham10000", trees.ham10000(tmp_path, "dataverse")).index()
    assert table.notes == ("1 images are not in the table and left out, such as ISIC_0034524",)


def test_a_folder_that_kaggle_shows_twice_is_read_once(tmp_path):
    root = trees.ham10000(tmp_path)
    before = open_dataset_at("ham10000", root).index().fingerprint
    copy = root / "ham10000_images_part_1"
    copy.mkdir()
    for file in (root / "HAM10000_images_part_1").iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert open_dataset_at("ham10000", root).index().fingerprint == before
    (copy / "ISIC_0024306.jpg").write_bytes(b"another")
    with pytest.raises(DataError, match="two images are called ISIC_0024306"):
        open_dataset_at("ham10000", root).index()


def test_a_part_that_is_not_unpacked(tmp_path):
    root = trees.ham10000(tmp_path)
    for file in (root / "HAM10000_images_part_2").iterdir():
        file.unlink()
    with pytest.raises(DataError, match="11 of 21 images that HAM10000_metadata") as error:
        open_dataset_at("ham10000,split=image", root).index()
    assert "--dataset ham10000,split=image,missing=drop" in str(error.value)
    table = open_dataset_at("ham10000,missing=drop", root).index()
    assert len(table) == 10
    assert table.notes == ("11 images that the table lists are missing",)
    (root / "HAM10000_images_part_2.zip").write_bytes(b"PK")
    with pytest.raises(DataError) as error:
        open_dataset_at("ham10000", root).index()
    assert "unpack HAM10000_images_part_2.zip" in str(error.value)


@pytest.mark.parametrize("inside", ["", "HAM10000_images_part_1"])
def test_the_wrong_level_is_told(tmp_path, inside):
    root = trees.ham10000(tmp_path / "outer" / "ham")
    with pytest.raises(DataError, match=r"HAM10000_metadata\.csv is missing") as error:
        open_dataset_at("ham10000", root / inside if inside else tmp_path / "outer").index()
    assert f"point to {root}" in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mel", "melanoma", "label 'melanoma' is none of the classes"),
        ("ISIC_0024307", "ISIC_0024306", "'ISIC_0024306' stands in 2 rows"),
        ("lesion_id", "lesionid", "no column 'lesion_id'"),
    ],
)
def test_bad_tables(tmp_path, old, new, message):
    table = trees.ham10000(tmp_path) / "HAM10000_metadata.csv"
    table.write_text(table.read_text().replace(old, new))
    with pytest.raises(DataError, match=message) as error:
        open_dataset_at("ham10000", tmp_path).index()
    assert str(table) in str(error.value)


@pytest.mark.parametrize("options", ["", ",split=image", ",missing=drop"])
def test_verify_tells_an_incomplete_copy_whatever_the_options(tmp_path, options):
    found = verify(open_dataset_at(f"ham10000{options}", trees.ham10000(tmp_path)))
    (incomplete,) = (p for p in found.problems if "not the complete set" in p)
    assert "akiec 3 of 327" in incomplete and "vasc 3 of 142" in incomplete


def test_verify_names_the_lesions_that_a_split_by_image_parts(tmp_path):
    root = trees.ham10000(tmp_path)
    assert not verify(open_dataset_at("ham10000", root)).parted
    by_image = open_dataset_at("ham10000,split=image", root)
    sides = dict(zip(by_image.index().ids, make_splits(by_image.index()).sides(21), strict=True))
    lesions = open_dataset_at("ham10000", root).index()
    on: dict[str, set[str]] = {}
    for name, lesion in zip(lesions.ids, lesions.groups, strict=True):
        on.setdefault(lesion, set()).add(sides[name])
    parted = tuple(sorted(lesion for lesion, found in on.items() if len(found) > 1))
    assert parted
    assert verify(by_image).parted == parted


def test_links_to_folders_are_followed_and_lead_round_in_no_circle(tmp_path):
    root = trees.ham10000(tmp_path / "ham")
    before = open_dataset_at("ham10000", root).index().fingerprint
    for part in ("HAM10000_images_part_1", "HAM10000_images_part_2"):
        (root / part).rename(tmp_path / part)
        (root / part).symlink_to(tmp_path / part, target_is_directory=True)
    trees.paint(tmp_path / "other" / "ISIC_9999999.jpg")
    (tmp_path / "HAM10000_images_part_1" / "round").symlink_to(root, target_is_directory=True)
    (root / "above").symlink_to(tmp_path, target_is_directory=True)
    table = open_dataset_at("ham10000", root).index()
    assert table.fingerprint == before
    assert table.notes == ()


@pytest.mark.parametrize("empty", ["", "nan", "NA"])
def test_images_of_no_known_lesion_stand_alone(tmp_path, empty):
    table = trees.ham10000(tmp_path) / "HAM10000_metadata.csv"
    table.write_text(re.sub("HAM_000000[01]", empty, table.read_text()))
    groups = open_dataset_at("ham10000", tmp_path).index().groups
    assert groups[:4] == ("ISIC_0024306", "ISIC_0024307", "ISIC_0024308", "HAM_0000002")
