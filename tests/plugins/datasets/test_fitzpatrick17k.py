from __future__ import annotations

import numpy as np
import pytest

from medpeft_sdk.api import open_dataset_at
from medpeft_sdk.errors import DataError
from tests.plugins.datasets import trees


@pytest.mark.parametrize("named", ["md5hash", "url_alphanum"])
def test_images_of_both_names_are_read_in_full(tmp_path, named):
    dataset = open_dataset_at("fitzpatrick17k", trees.fitzpatrick17k(tmp_path, named=named))
    table = dataset.index()
    assert table.classes == ("benign", "malignant", "non-neoplastic")
    assert np.bincount(table.labels).tolist() == [2, 1, 3]
    assert all(len(name) == 32 for name in table.ids)
    assert table.groups is None
    assert table.attributes["skin_type"] == ("1", "2", "", "6", "3", "4")
    assert dataset.read(table.ids[-1]).shape == (8, 12, 3)
    assert table.notes == ("1 images marked as wrongly labelled are left out",)


@pytest.mark.parametrize(
    ("option", "counts"),
    [
        ("wrong=keep", [2, 2, 3]),
        ("unknown_skin=drop", [2, 1, 2]),
        ("labels=two", [5, 1]),
        ("labels=nine", [2, 3, 1]),
        ("labels=conditions", [1, 2, 1, 2]),
    ],
)
def test_label_sets_and_policies(tmp_path, option, counts):
    root = trees.fitzpatrick17k(tmp_path)
    table = open_dataset_at(f"fitzpatrick17k,{option}", root).index()
    assert np.bincount(table.labels).tolist() == counts
    assert len(table.classes) == len(counts)


def test_the_authors_choice_keeps_all_but_unknown_skin(tmp_path):
    root = trees.fitzpatrick17k(tmp_path)
    table = open_dataset_at("fitzpatrick17k,unknown_skin=drop,wrong=keep", root).index()
    assert len(table) == 6
    assert "" not in table.attributes["skin_type"]


def test_images_that_could_not_be_fetched(tmp_path):
    root = trees.fitzpatrick17k(tmp_path)
    dataset = open_dataset_at("fitzpatrick17k", root)
    dataset.path(dataset.index().ids[0]).unlink()
    with pytest.raises(DataError, match="1 of 6 images"):
        open_dataset_at("fitzpatrick17k", root).index()
    assert len(open_dataset_at("fitzpatrick17k,missing=drop", root).index()) == 5


def test_the_table_alone_is_not_enough(tmp_path):
    root = trees.fitzpatrick17k(tmp_path)
    (root / "data").rename(tmp_path.parent / f"{tmp_path.name}-elsewhere")
    with pytest.raises(DataError, match="6 of 6 images") as error:
        open_dataset_at("fitzpatrick17k,missing=drop", root).index()
    assert "unpack the images too" in str(error.value)
