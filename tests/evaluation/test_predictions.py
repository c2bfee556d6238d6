from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medpeft_sdk.errors import DataError
from medpeft_sdk.evaluation import Predictions
from tests.evaluation.conftest import Make


def with_attributes(p: Predictions) -> Predictions:
    sexes = tuple("female" if i % 2 else "" for i in range(len(p)))
    return replace(p, attributes={"sex": sexes, "skin type": tuple(map(str, range(len(p))))})


@pytest.mark.parametrize("groups", [None, 40])
def test_predictions_survive_a_trip_through_parquet(
    make: Make, tmp_path: Path, groups: int | None
) -> None:
    before = make(groups=groups)
    before.to_parquet(tmp_path / "p.parquet")
    after = Predictions.from_parquet(tmp_path / "p.parquet")
    before.check_aligned(after)
    assert after.probabilities.dtype == np.float32
    np.testing.assert_array_equal(before.probabilities, after.probabilities)


def test_several_labels_and_attributes_survive_it_too(
    make: Make, several: Make, tmp_path: Path
) -> None:
    for before in (with_attributes(several()), with_attributes(make()), several(classes=1)):
        before.to_parquet(tmp_path / "p.parquet")
        after = Predictions.from_parquet(tmp_path / "p.parquet")
        before.check_aligned(after)
        assert after.attributes == before.attributes
        assert after.labels.dtype == np.int64 and after.labels.shape == before.labels.shape
        np.testing.assert_array_equal(before.probabilities, after.probabilities)


def test_each_label_of_several_is_a_plain_column(several: Make, tmp_path: Path) -> None:
    with_attributes(several(classes=2)).to_parquet(tmp_path / "p.parquet")
    names = ["sample", "group", "label_0", "label_1", "p_0", "p_1", "attribute_sex"]
    table = pq.read_table(tmp_path / "p.parquet")
    assert table.schema.names == [*names, "attribute_skin type"]
    assert set(table["label_0"].to_pylist()) == {0, 1}


def test_a_file_of_the_first_format_is_still_read(make: Make, tmp_path: Path) -> None:
    p = make()
    p.to_parquet(tmp_path / "new")
    about = b'{"format": 1, "classes": ["class 0", "class 1", "class 2"]}'
    table = pq.read_table(tmp_path / "new")
    pq.write_table(table.replace_schema_metadata({b"medpeft_predictions": about}), tmp_path / "old")
    old = Predictions.from_parquet(tmp_path / "old")
    old.check_aligned(p)
    assert old.attributes == {}


def test_the_file_is_plain_columns(make: Make, tmp_path: Path) -> None:
    make(classes=2).to_parquet(tmp_path / "p.parquet")
    schema = pq.read_schema(tmp_path / "p.parquet")
    assert schema.names == ["sample", "group", "label", "p_0", "p_1"]
    assert schema.field("p_1").type == pa.float32()


def test_equal_predictions_give_equal_bytes(make: Make, tmp_path: Path) -> None:
    for name in "ab":
        make().to_parquet(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


class Explosive:
    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("a pickle was executed",))


def foreign_files(make: Make, folder: Path) -> dict[str, Path]:
    whole = folder / "whole.parquet"
    make().to_parquet(whole)
    table = pq.read_table(whole)
    files = {name: folder / name for name in ("cut", "pickle", "other", "columns", "format")}
    files["cut"].write_bytes(whole.read_bytes()[:-100])
    files["pickle"].write_bytes(pickle.dumps(Explosive()))
    pq.write_table(pa.table({"a": [1]}), files["other"])
    pq.write_table(table.drop_columns(["p_1"]), files["columns"])
    metadata = {b"medpeft_predictions": b'{"format": 99, "classes": []}'}
    pq.write_table(table.replace_schema_metadata(metadata), files["format"])
    return files | {"missing": folder / "missing"}


@pytest.mark.parametrize("kind", ["cut", "pickle", "other", "columns", "format", "missing"])
def test_a_foreign_file_is_one_error_that_names_it(make: Make, tmp_path: Path, kind: str) -> None:
    file = foreign_files(make, tmp_path)[kind]
    with pytest.raises(DataError) as caught:
        Predictions.from_parquet(file)
    assert str(file) in str(caught.value)


def changed(p: Predictions, row: int, values: list[float]) -> Predictions:
    probabilities = p.probabilities.copy()
    probabilities[row] = values
    return replace(p, probabilities=probabilities)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda p: changed(p, 4, [np.nan, 0, 1]), "image 4"),
        (lambda p: changed(p, 4, [0.5, 0.5, 0.5]), "image 4"),
        (lambda p: changed(p, 4, [-0.5, 0.5, 1]), "image 4"),
        (lambda p: changed(p, 4, [np.inf, 0, 0]), "image 4"),
        (lambda p: replace(p, ids=("image 0",) * len(p)), "repeats"),
        (lambda p: replace(p, labels=p.labels + 1), "to 3"),
        (lambda p: replace(p, labels=p.labels[1:]), "shape"),
        (lambda p: replace(p, groups=("one",)), "1 groups"),
        (lambda p: replace(p, probabilities=p.probabilities.astype(np.float64)), "float64"),
        (lambda p: replace(p, classes=("a", "b")), "shape"),
        (lambda p: replace(p, attributes={"sex": ("female",)}), "1 values of the attribute 'sex'"),
        (lambda p: replace(p, labels=np.full((len(p), 3), 2)), "to 2"),
        (lambda p: replace(p, labels=np.zeros((len(p), 2), np.int64)), "shape"),
    ],
)
def test_what_is_no_prediction_is_refused(make: Make, change, word: str) -> None:
    with pytest.raises(DataError, match=word):
        change(make())


def test_probabilities_of_several_labels_need_not_sum_to_one_but_stay_probabilities(
    several: Make,
) -> None:
    p = several()
    assert not np.allclose(p.probabilities.sum(axis=1), 1)
    for bad in (1.5, -0.5, np.nan):
        with pytest.raises(DataError, match="image 4"):
            changed(p, 4, [0.5, 0.5, bad])
