"""What is promised of splits and subsets, for tables of any shape."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medpeft_sdk.data import SampleTable, Splits, make_splits, select_subset
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import Subset
from tests.data.samples import make_table, shuffled, tables

SUBSETS = st.one_of(
    st.integers(1, 8).map(lambda shots: Subset(shots=shots)),
    st.floats(0.01, 1).map(lambda fraction: Subset(fraction=fraction)),
)
SEEDS = st.integers(0, 2**31)


@st.composite
def any_tables(draw: st.DrawFn) -> SampleTable:
    """Tables of any imbalance, whose groups may have several classes and fixed splits, or none."""
    classes = draw(st.integers(2, 5))
    count = draw(st.integers(classes, 80))
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=count, max_size=count))
    groups = draw(st.lists(st.integers(0, count), min_size=count, max_size=count))
    names = [f"patient {g}" for g in groups] if draw(st.booleans()) else None
    splits = None
    if draw(st.booleans()):
        sides = draw(st.lists(st.sampled_from(["train", "val", "test"]), min_size=count + 1))
        splits = [sides[g % len(sides)] for g in (groups if names else range(count))]
    return make_table(labels, names, splits, classes=classes)


def chosen(table: SampleTable, subset: Subset, seed: int) -> list[str]:
    rows = select_subset(table, make_splits(table).train, subset, seed)
    return [table.ids[row] for row in rows]


def parts(splits: Splits) -> tuple[list[int], list[int], list[int]]:
    return splits.train.tolist(), splits.val.tolist(), splits.test.tolist()


@settings(max_examples=150, deadline=None)
@given(table=any_tables())
def test_every_class_is_in_every_split_or_the_refusal_says_which_is_not(table):
    try:
        splits = make_splits(table)
    except DataError as error:
        named = any(f"'{name}'" in error.what for name in (*table.classes, *(table.groups or ())))
        assert named or "no training samples" in error.what
        return
    for rows in parts(splits):
        assert set(table.labels[rows].tolist()) == set(range(len(table.classes)))
    owners = defaultdict(set)
    for side, rows in enumerate(parts(splits)):
        for row in rows:
            owners[table.groups[row] if table.groups else row].add(side)
    assert all(len(sides) == 1 for sides in owners.values())
    assert sorted(itertools.chain(*parts(splits))) == list(range(len(table)))


@settings(max_examples=100, deadline=None)
@given(table=any_tables(), subset=SUBSETS, seed=SEEDS)
def test_every_class_is_in_a_subset_or_the_refusal_says_which_is_not(table, subset, seed):
    try:
        train = make_splits(table).train
    except DataError:
        return
    try:
        rows = select_subset(table, train, subset, seed)
    except DataError as error:
        assert any(f"'{name}'" in str(error) for name in table.classes)
        assert "training samples" in error.what
        return
    counts = Counter(table.labels[rows].tolist())
    assert set(counts) == set(range(len(table.classes)))
    assert set(rows.tolist()) <= set(train.tolist())
    if subset.shots:
        assert set(counts.values()) == {subset.shots}


@settings(max_examples=60, deadline=None)
@given(table=tables(), subset=SUBSETS, seed=SEEDS, order=st.integers(0, 99))
def test_equal_fingerprints_and_seeds_give_equal_splits_and_subsets(table, subset, seed, order):
    noted = {"notes": ("told",), "attributes": {"sex": ("f",) * len(table)}}
    other = replace(shuffled(table, order), **noted)
    assert table.fingerprint == other.fingerprint
    ours, theirs = make_splits(table), make_splits(other)
    assert ours.fingerprint(table) == theirs.fingerprint(other)
    try:
        expected = chosen(table, subset, seed)
    except DataError:
        with pytest.raises(DataError):
            chosen(other, subset, seed)
    else:
        assert chosen(other, subset, seed) == expected


@settings(max_examples=60, deadline=None)
@given(table=tables(), seed=SEEDS, fractions=st.lists(st.floats(0.01, 1), min_size=3, max_size=3))
def test_fractions_keep_whole_groups_and_each_class_near_its_share(table, seed, fractions):
    train = make_splits(table).train
    names = table.groups or table.ids
    for fraction in fractions:
        rows = select_subset(table, train, Subset(fraction=fraction), seed)
        taken = {names[row] for row in rows}
        assert {row for row in train.tolist() if names[row] in taken} == set(rows.tolist())
        for k in range(len(table.classes)):
            want = fraction * np.sum(table.labels[train] == k)
            largest = 4 if table.groups else 1
            assert abs(np.sum(table.labels[rows] == k) - want) <= largest or want < largest


@settings(max_examples=60, deadline=None)
@given(table=tables(), seed=SEEDS, shots=st.integers(1, 6))
def test_shots_lie_within_more_shots_and_within_the_fraction_that_is_all(table, seed, shots):
    train = make_splits(table).train
    few, more = (
        set(select_subset(table, train, Subset(shots=k), seed).tolist()) for k in (shots, shots + 1)
    )
    whole = select_subset(table, train, Subset(fraction=1.0), seed)
    assert few < more <= set(whole.tolist()) == set(train.tolist())


@settings(max_examples=60, deadline=None)
@given(table=tables(), data=st.data())
def test_what_is_skipped_moves_nothing_else(table, data):
    whole = make_splits(table)
    skipped = data.draw(st.sets(st.sampled_from(table.ids), max_size=5))
    try:
        splits = make_splits(table, skipped=skipped)
    except DataError as error:
        assert "has no samples in" in error.what
        return
    for before, after in zip(parts(whole), parts(splits), strict=True):
        assert [row for row in before if table.ids[row] not in skipped] == after
    same = splits.fingerprint(table) == whole.fingerprint(table)
    assert same == (not skipped)
    sides = splits.sides(len(table))
    assert {name for name, side in zip(table.ids, sides, strict=True) if not side} == skipped


def test_a_split_that_loses_its_last_sample_of_a_class_is_refused():
    table = make_table([0] * 30 + [1] * 3)
    lost = table.ids[next(row for row in make_splits(table).val if row >= 30)]
    with pytest.raises(DataError, match="'class 1' has no samples in val"):
        make_splits(table, skipped=[lost])
