from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medpeft_sdk.data import make_splits, select_subset
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import Subset
from tests.data.samples import make_table, shuffled, tables

FRACTIONS = st.floats(0.01, 1)


@settings(max_examples=60, deadline=None)
@given(table=tables(), fractions=st.tuples(FRACTIONS, FRACTIONS), seed=st.integers(0, 9))
def test_fractions_are_nested_stratified_and_cut_no_group(table, fractions, seed):
    train = make_splits(table).train
    small, large = (
        set(select_subset(table, train, Subset(fraction=f), seed).tolist())
        for f in sorted(fractions)
    )
    assert small <= large <= set(train.tolist())
    if table.groups:
        chosen = {table.groups[row] for row in large}
        assert large == {row for row in train.tolist() if table.groups[row] in chosen}
    largest = 4 if table.groups else 1
    for k in range(len(table.classes)):
        want = max(fractions) * np.sum(table.labels[train] == k)
        have = sum(int(table.labels[row]) == k for row in large)
        assert have >= 1
        assert abs(have - want) <= largest / 2 + 0.5 or have <= largest


@settings(max_examples=60, deadline=None)
@given(
    table=tables(), shots=st.tuples(st.integers(1, 7), st.integers(1, 7)), seed=st.integers(0, 9)
)
def test_shots_are_exact_and_nested(table, shots, seed):
    train = make_splits(table).train
    parts = [select_subset(table, train, Subset(shots=k), seed).tolist() for k in sorted(shots)]
    assert set(parts[0]) <= set(parts[1]) <= set(train.tolist())
    for k, part in zip(sorted(shots), parts, strict=True):
        assert set(Counter(table.labels[part].tolist()).values()) == {k}


@settings(max_examples=30, deadline=None)
@given(table=tables(), seed=st.integers(0, 99), subset=st.sampled_from(["5shot", "30%"]))
def test_a_subset_depends_on_ids_and_seed_alone(table, seed, subset):
    other = shuffled(table, seed)
    chosen = Subset.model_validate(subset)
    ours = select_subset(table, make_splits(table).train, chosen, seed)
    theirs = select_subset(other, make_splits(other).train, chosen, seed)
    assert [table.ids[row] for row in ours] == [other.ids[row] for row in theirs]


def test_seeds_differ():
    table = make_table([0, 1] * 100)
    train = make_splits(table).train
    parts = {tuple(select_subset(table, train, Subset(shots=8), seed)) for seed in range(5)}
    assert len(parts) == 5


def test_all_is_all():
    table = make_table([0, 1, 2, 2] * 20, [f"p{i // 3}" for i in range(80)])
    train = make_splits(table).train
    assert select_subset(table, train, Subset(fraction=1.0), 0).tolist() == train.tolist()


def test_too_few_samples_are_counted():
    table = make_table([0] * 40 + [1] * 10)
    train = np.arange(50)
    with pytest.raises(DataError, match="16 shots are more than the training samples") as error:
        select_subset(table, train, Subset(shots=16), 0)
    assert "'class 1' has 10" in str(error.value) and "--fraction 10shot" in str(error.value)
    with pytest.raises(DataError, match="'class 1' has no training samples"):
        select_subset(table, np.arange(40), Subset(fraction=0.5), 0)
