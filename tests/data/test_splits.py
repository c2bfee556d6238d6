from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medpeft_sdk.data import HeldOut, SampleTable, make_splits
from medpeft_sdk.errors import DataError
from tests.data.samples import make_table, shuffled, tables

RATIOS = (0.7, 0.1, 0.2)


@settings(max_examples=60, deadline=None)
@given(table=tables())
def test_splits_are_a_partition_that_parts_no_group(table):
    splits = make_splits(table, ratios=RATIOS)
    rows = np.concatenate([splits.train, splits.val, splits.test])
    assert sorted(rows.tolist()) == list(range(len(table)))
    names = table.groups or table.ids
    sides = [{names[row] for row in part} for part in (splits.train, splits.val, splits.test)]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])


@settings(max_examples=60, deadline=None)
@given(table=tables())
def test_every_class_has_about_its_share_in_each_split(table):
    splits = make_splits(table, ratios=RATIOS)
    largest = 4 if table.groups else 1
    for ratio, part in zip(RATIOS, (splits.train, splits.val, splits.test), strict=True):
        for k in range(len(table.classes)):
            have, want = np.sum(table.labels[part] == k), ratio * np.sum(table.labels == k)
            assert have >= 1
            assert abs(have - want) <= largest + 1


@settings(max_examples=30, deadline=None)
@given(table=tables(), seed=st.integers(0, 99))
def test_the_order_of_the_table_does_not_matter(table, seed):
    other = shuffled(table, seed)
    splits, others = make_splits(table), make_splits(other)
    for part in ("train", "val", "test"):
        ours, theirs = getattr(splits, part), getattr(others, part)
        assert [table.ids[row] for row in ours] == [other.ids[row] for row in theirs]


def test_groups_with_several_classes_stay_whole():
    rng = np.random.default_rng(0)
    groups = [f"p{g}" for g in rng.integers(0, 60, 200)]
    table = make_table(rng.integers(0, 3, 200).tolist(), groups)
    splits = make_splits(table)
    for part in (splits.train, splits.val, splits.test):
        assert set(table.labels[part].tolist()) == {0, 1, 2}
    assert not {groups[i] for i in splits.train} & {groups[i] for i in splits.test}


def test_a_group_larger_than_a_small_split_goes_to_a_larger_one():
    table = make_table([0] * 100 + [1] * 100, ["big"] * 50 + [f"p{i}" for i in range(150)])
    assert 0 in make_splits(table).train


def test_three_samples_of_a_class_suffice():
    splits = make_splits(make_table([0] * 50 + [1] * 3))
    assert [int((part >= 50).sum()) for part in (splits.train, splits.val, splits.test)] == [1] * 3


def test_too_small_a_class_is_named():
    with pytest.raises(DataError) as error:
        make_splits(make_table([0] * 50 + [1] * 2))
    assert "'class 1' has fewer samples than splits: 2, and 3 are needed" in str(error.value)
    with pytest.raises(DataError, match="fewer groups than splits: 1, and 3"):
        make_splits(make_table([0] * 4 + [1] * 4, ["a", "b", "c", "d"] + ["e"] * 4))
    with pytest.raises(DataError, match="'class 2' has fewer samples than splits: 0"):
        make_splits(make_table([0] * 5 + [1] * 5, classes=3))


def test_the_distributors_splits_are_kept():
    sides = ["train", "val", "test"] * 6
    splits = make_splits(make_table([0] * 9 + [1] * 9, splits=sides))
    assert [sides[i] for i in splits.test] == ["test"] * 6
    assert [sides[i] for i in splits.val] == ["val"] * 6


def test_a_missing_validation_split_is_cut_from_training():
    sides = ["train"] * 80 + ["test"] * 20
    table = make_table([0, 1] * 50, splits=sides)
    splits = make_splits(table)
    assert sorted(splits.test.tolist()) == list(range(80, 100))
    assert len(splits.val) == 10
    assert len(splits.train) == 70


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (make_table([0, 1] * 3, splits=["test"] * 6), "no training samples"),
        (
            make_table(
                [0, 1] * 3, ["p"] * 6, splits=["train", "train", "val", "val"] + ["test"] * 2
            ),
            "group 'p' is in both train and val",
        ),
        (
            make_table([0, 1, 0, 0, 0, 1], splits=["train", "train", "val", "val", "test", "test"]),
            "'class 1' has no samples in val",
        ),
    ],
)
def test_splits_that_cannot_be_used_are_refused(table, message):
    with pytest.raises(DataError, match=message):
        make_splits(table)


def test_ratios_must_add_up():
    with pytest.raises(DataError, match="ratios"):
        make_splits(make_table([0, 1] * 20), ratios=(0.7, 0.2, 0.2))


def test_the_guard_lets_the_test_split_be_read_once():
    guard = make_splits(make_table([0, 1] * 20)).hold_out()
    assert isinstance(guard, HeldOut)
    assert len(guard) == 8
    assert guard.reads == 0
    assert len(guard.read()) == 8
    with pytest.raises(DataError, match="second time"):
        guard.read()
    assert guard.reads == 1


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"ids": ("a", "a"), "labels": np.array([0, 1])}, "occur more than once"),
        ({"ids": ("a", "b"), "labels": np.array([0, 2])}, "outside the 2 classes"),
        ({"ids": ("a", "b"), "labels": np.array([0])}, "labels has 1 rows"),
        (
            {"ids": ("a", "b"), "labels": np.array([0, 1]), "splits": ("train", "dev")},
            "split is called 'dev'",
        ),
    ],
)
def test_a_table_is_checked_where_it_is_made(columns, message):
    with pytest.raises(DataError, match=message):
        SampleTable(classes=("x", "y"), **columns)


def test_the_fingerprint_ignores_order_and_nothing_else():
    table = make_table([0, 1] * 10, [f"p{i // 2}" for i in range(20)])
    assert table.fingerprint == shuffled(table, 3).fingerprint
    assert table.fingerprint != make_table([1, 0] * 10, table.groups).fingerprint
    assert table.fingerprint != make_table([0, 1] * 10).fingerprint
