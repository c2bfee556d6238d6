from __future__ import annotations

import shutil

import numpy as np
import pytest

from medpeft_sdk.api import open_dataset_at
from medpeft_sdk.errors import DataError
from tests.plugins.datasets import trees


@pytest.mark.parametrize("nested", [True, False])
def test_both_nestings_are_read_in_full_without_masks(tmp_path, nested):
    dataset = open_dataset_at("smdg", trees.smdg(tmp_path, nested=nested))
    table = dataset.index()
    assert table.classes == ("non-glaucoma", "glaucoma")
    assert np.bincount(table.labels).tolist() == [3, 5]
    assert table.notes == ("2 images of suspects are left out",)
    assert {dataset.path(name).parent.name for name in table.ids} == {"full-fundus"}
    assert dataset.read(table.ids[0]).shape == (8, 12, 3)


def test_suspects_may_be_a_class(tmp_path):
    table = open_dataset_at("smdg,suspects=class", trees.smdg(tmp_path)).index()
    assert table.classes[2] == "suspect"
    assert np.bincount(table.labels).tolist() == [3, 5, 2]


def test_both_eyes_of_a_patient_stay_together_where_they_are_known(tmp_path):
    root = trees.smdg(tmp_path)
    table = open_dataset_at("smdg,suspects=class", root).index()
    groups = dict(zip(table.ids, table.groups, strict=True))
    assert groups["OIA-ODIR-TRAIN-1"] == groups["OIA-ODIR-TRAIN-2"] != groups["OIA-ODIR-TRAIN-3"]
    assert groups["PAPILA-1"] == groups["PAPILA-2"] != groups["PAPILA-3"]
    assert groups["CRFO-v4-1"] == groups["CRFO-v4-2"]
    assert groups["REFUGE1-train-1"] == "REFUGE1-train-1"
    assert len(set(groups.values())) == 7
    assert open_dataset_at("smdg,split=image", root).index().groups is None


def test_attributes_are_those_of_all_sources_in_one_code(tmp_path):
    table = open_dataset_at("smdg", trees.smdg(tmp_path)).index()
    columns = dict(zip(table.ids, zip(*table.attributes.values(), strict=True), strict=True))
    assert tuple(table.attributes) == ("source", "sex", "age", "eye")
    assert columns["OIA-ODIR-TRAIN-1"] == ("OIA-ODIR-TRAIN", "F", "58", "OS")
    assert columns["PAPILA-1"] == ("PAPILA", "M", "47", "OD")
    assert columns["PAPILA-3"] == ("PAPILA", "F", "58", "OD")
    assert columns["EyePACS-Glaucoma-1"] == ("EyePACS-Glaucoma", "", "", "")


def test_bad_trees(tmp_path):
    root = trees.smdg(tmp_path / "whole")
    file = root / "metadata - standardized.csv"
    file.write_text(file.read_text().replace("CRFO-v4-2,1", "CRFO-v4-2,2"))
    with pytest.raises(DataError, match="label '2' is none of the classes"):
        open_dataset_at("smdg", root).index()
    shutil.rmtree(root / "full-fundus")
    (root / "full-fundus.zip").write_bytes(b"PK")
    file.write_text(file.read_text().replace("CRFO-v4-2,2", "CRFO-v4-2,1"))
    with pytest.raises(DataError, match="folder full-fundus is missing") as error:
        open_dataset_at("smdg", root).index()
    assert "unpack full-fundus.zip" in str(error.value)
