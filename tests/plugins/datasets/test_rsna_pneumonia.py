from __future__ import annotations

import numpy as np
import pytest

from medpeft_sdk.api import open_dataset_at
from medpeft_sdk.errors import DataError
from tests.plugins.datasets import contents, trees

# The ages in the headers are not in the form that the standard wants, as in the real files.
pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR AS")

DETAILS = "stage_2_detailed_class_info.csv"


@pytest.mark.parametrize("suffix", [".dcm", ".png"])
def test_a_patient_is_one_sample_however_many_boxes(tmp_path, suffix):
    dataset = open_dataset_at("rsna_pneumonia", trees.rsna_pneumonia(tmp_path, suffix=suffix))
    table = dataset.index()
    assert table.ids == tuple(contents.RSNA)
    assert table.labels.tolist() == [0, 0, 1, 1]
    assert table.classes == ("no pneumonia", "pneumonia")
    assert table.groups == table.ids
    assert all(dataset.read(name).shape == (8, 12, 3) for name in table.ids)


def test_three_classes(tmp_path):
    root = trees.rsna_pneumonia(tmp_path)
    table = open_dataset_at("rsna_pneumonia,labels=three", root).index()
    assert table.classes == ("Normal", "No Lung Opacity / Not Normal", "Lung Opacity")
    assert table.labels.tolist() == [1, 0, 2, 2]


def test_headers_tell_sex_age_and_view_unless_they_are_not_wanted(tmp_path):
    root = trees.rsna_pneumonia(tmp_path)
    attributes = open_dataset_at("rsna_pneumonia", root).index().attributes
    assert attributes["sex"] == ("F", "M", "F", "M")
    assert attributes["age"] == ("51", "48", "19", "0")
    assert attributes["view"] == ("PA",) * 4
    assert not open_dataset_at("rsna_pneumonia,headers=false", root).index().attributes
    pictures = trees.rsna_pneumonia(tmp_path / "pictures", suffix=".jpg")
    assert not open_dataset_at("rsna_pneumonia", pictures).index().attributes


def test_a_second_table_that_lacks_patients(tmp_path):
    root = trees.rsna_pneumonia(tmp_path)
    lines = (root / DETAILS).read_text().splitlines()
    (root / DETAILS).write_text("\n".join(lines[:3]) + "\n")
    with pytest.raises(DataError, match=f"2 patients are not in {DETAILS}"):
        open_dataset_at("rsna_pneumonia,labels=three", root).index()
    table = open_dataset_at("rsna_pneumonia,labels=three,missing=drop", root).index()
    assert np.bincount(table.labels, minlength=3).tolist() == [1, 1, 0]
    assert table.notes == ("2 patients of unknown kind are left out",)


def test_rows_that_contradict_each_other(tmp_path):
    file = trees.rsna_pneumonia(tmp_path) / "stage_2_train_labels.csv"
    patient = next(iter(contents.RSNA))
    file.write_text(file.read_text() + f"{patient},1,1,1,1,1\n")
    with pytest.raises(DataError, match=f"patient {patient} is both '0' and '1'"):
        open_dataset_at("rsna_pneumonia", tmp_path).index()


def test_labels_without_images(tmp_path):
    root = trees.rsna_pneumonia(tmp_path)
    for file in (root / "stage_2_train_images").iterdir():
        file.unlink()
    with pytest.raises(DataError, match="4 of 4 images that stage_2_train_labels"):
        open_dataset_at("rsna_pneumonia,missing=drop", root).index()
