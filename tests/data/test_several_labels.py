"""Splits and subsets of samples that have any number of classes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medpeft_sdk.data import SampleTable, indicators, make_splits, select_subset
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import Subset
from tests.data.samples import make_table, shuffled, tables_of_several_labels

RATIOS = (0.7, 0.1, 0.2)
FRACTIONS = st.floats(0.02, 1)


def several(labels: list[list[int]], groups: list[str] | None = None) -> SampleTable:
    return SampleTable(
        ids=tuple(f"image {i}" for i in range(len(labels))),
        labels=np.array(labels, dtype=np.int64),
        classes=tuple(f"class {k}" for k in range(len(labels[0]))),
        groups=tuple(groups) if groups else None,
    )


def test_both_forms_of_labels_have_indicators() -> None:
    one = indicators(np.array([2, 0, 2]), 3)
    assert one.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]]
    many = indicators(np.array([[1, 1], [0, 0], [0, 1]]), 2)
    assert many.tolist() == [[1, 1, 0], [0, 0, 1], [0, 1, 0]]


@settings(max_examples=30)
@given(table=tables_of_several_labels())
def test_every_label_and_having_none_has_about_its_share_in_each_split(table: SampleTable) -> None:
    splits = make_splits(table, ratios=RATIOS)
    parts = (splits.train, splits.val, splits.test)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(table)))
    names = table.groups or table.ids
    sides = [{names[row] for row in part} for part in parts]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    has = indicators(table.labels, len(table.classes))
    largest = max(Counter(names).values())
    for ratio, part in zip(RATIOS, parts, strict=True):
        assert has[part, :-1].any(axis=0).all()
        off = np.abs(has[part].sum(axis=0) - ratio * has.sum(axis=0))
        assert (off <= largest + 2 + 0.05 * has.sum(axis=0)).all()


def test_one_label_a_sample_is_split_alike_in_both_forms() -> None:
    labels = np.random.default_rng(0).choice(4, size=300, p=(0.5, 0.3, 0.15, 0.05))
    groups = [f"patient {i // 2}" for i in range(300)]
    one = make_table(labels.tolist(), groups)
    many = several(np.eye(4, dtype=np.int64)[labels].tolist(), groups)
    for name in ("train", "val", "test"):
        ours, theirs = (getattr(make_splits(table), name) for table in (one, many))
        assert ours.tolist() == theirs.tolist()
    train = make_splits(one).train
    for text in ("3shot", "20%"):
        subset = Subset.model_validate(text)
        ours, theirs = (select_subset(table, train, subset, 1) for table in (one, many))
        assert ours.tolist() == theirs.tolist()


@settings(max_examples=20)
@given(table=tables_of_several_labels(), seed=st.integers(0, 99))
def test_the_order_of_the_table_does_not_matter(table: SampleTable, seed: int) -> None:
    other = shuffled(table, seed)
    assert table.fingerprint == other.fingerprint
    for subset in (Subset(shots=4), Subset(fraction=0.3)):
        ours = select_subset(table, make_splits(table).train, subset, seed)
        theirs = select_subset(other, make_splits(other).train, subset, seed)
        assert [table.ids[row] for row in ours] == [other.ids[row] for row in theirs]


@settings(max_examples=30)
@given(
    table=tables_of_several_labels(),
    fractions=st.tuples(FRACTIONS, FRACTIONS),
    seed=st.integers(0, 9),
)
def test_fractions_are_nested_have_every_label_and_cut_no_group(
    table: SampleTable, fractions: tuple[float, float], seed: int
) -> None:
    train = make_splits(table).train
    small, large = (
        set(select_subset(table, train, Subset(fraction=f), seed).tolist())
        for f in sorted(fractions)
    )
    assert small <= large <= set(train.tolist())
    assert table.labels[sorted(small)].any(axis=0).all()
    if table.groups:
        chosen = {table.groups[row] for row in small}
        assert small == {row for row in train.tolist() if table.groups[row] in chosen}


@settings(max_examples=30)
@given(
    table=tables_of_several_labels(),
    shots=st.tuples(st.integers(1, 10), st.integers(1, 10)),
    seed=st.integers(0, 9),
)
def test_shots_are_nested_reached_and_no_more_than_needed(
    table: SampleTable, shots: tuple[int, int], seed: int
) -> None:
    train = make_splits(table).train
    parts = [select_subset(table, train, Subset(shots=k), seed).tolist() for k in sorted(shots)]
    assert set(parts[0]) <= set(parts[1]) <= set(train.tolist())
    available = indicators(table.labels, len(table.classes))[train].sum(axis=0)
    for k, part in zip(sorted(shots), parts, strict=True):
        have = indicators(table.labels, len(table.classes))[part].sum(axis=0)
        assert (have >= np.minimum(k, available)).all()
        assert have.min() <= k
        assert len(part) <= k * (len(table.classes) + 1)


def test_all_is_all() -> None:
    table = several([[1, 0], [1, 1], [0, 0], [0, 1]] * 20, [f"p{i // 3}" for i in range(80)])
    train = make_splits(table).train
    assert select_subset(table, train, Subset(fraction=1.0), 0).tolist() == train.tolist()


def test_a_label_that_only_comes_with_rarer_ones_is_in_every_fraction() -> None:
    # Label 2 is nobody's rarest: each sample that has it has label 0 or label 1 as well.
    table = several([[1, 0, 1]] * 3 + [[1, 0, 0]] * 30 + [[0, 1, 1]] * 40 + [[0, 1, 0]] * 30)
    for seed in range(20):
        rows = select_subset(table, np.arange(103), Subset(fraction=0.01), seed)
        assert table.labels[rows].any(axis=0).all()


def test_too_rare_a_label_is_named() -> None:
    with pytest.raises(DataError, match="'class 1' has fewer samples than splits: 2, and 3"):
        make_splits(several([[1, 0]] * 30 + [[1, 1]] * 2 + [[0, 0]] * 30))
    with pytest.raises(DataError, match="8 shots are more") as error:
        table = several([[1, 0]] * 30 + [[1, 1]] * 5)
        select_subset(table, np.arange(35), Subset(shots=8), 0)
    assert "'class 1' has 5" in str(error.value)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([[0, 1, 0], [1, 0, 0]], "3 labels a sample for 2 classes"),
        ([[0, 2], [1, 0]], "outside the 2 classes"),
        ([[0, 1]], "labels has 1 rows"),
    ],
)
def test_a_table_is_checked_where_it_is_made(labels: list[list[int]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        SampleTable(ids=("a", "b"), labels=np.array(labels), classes=("x", "y"))


def test_the_fingerprint_sees_every_label_of_many() -> None:
    def table(last: int) -> SampleTable:
        labels = np.zeros((2, 3000), dtype=np.int64)
        labels[1, 1500] = last
        classes = tuple(map(str, range(3000)))
        return SampleTable(ids=("a", "b"), labels=labels, classes=classes)

    assert table(0).fingerprint != table(1).fingerprint
