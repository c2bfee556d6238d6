from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import scikit_posthocs
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from medpeft_sdk.analysis import Condition, Scores, diagram, rank
from medpeft_sdk.analysis.ranking import critical_difference, friedman, nemenyi, wilcoxon_holm
from medpeft_sdk.errors import DataError
from tests.analysis.simulate import simulate

# Demšar (2006), table 6: AUC of C4.5 and its variants on 14 datasets.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def table(better: np.ndarray, *, higher_is_better: bool = True) -> Scores:
    datasets, methods = better.shape
    return Scores(
        metric="auroc",
        higher_is_better=higher_is_better,
        methods=tuple(f"m{i}" for i in range(methods)),
        datasets=tuple(f"d{i}" for i in range(datasets)),
        conditions=(Condition("timm/resnet18", "16shot"),),
        seeds=(0,),
        values=better.T[:, :, None, None].copy(),
    )


def test_the_example_of_the_literature_comes_out_as_printed() -> None:
    ranking = rank(table(DEMSAR), level=0.90)
    ranks = dict(zip(ranking.methods, ranking.ranks, strict=True))
    assert [ranks[f"m{i}"] for i in range(4)] == pytest.approx(
        [3.143, 2.000, 2.893, 1.964], abs=5e-4
    )
    assert critical_difference(4, 14, level=0.90) == pytest.approx(1.12, abs=0.005)
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)


def test_friedmans_test_is_scipys() -> None:
    assert friedman(DEMSAR) == pytest.approx(tuple(stats.friedmanchisquare(*DEMSAR.T)))
    assert friedman(DEMSAR[:, :2]) == (None, None)
    assert friedman(np.ones((5, 3))) == (0.0, 1.0)


def test_post_hoc_tests_agree_with_scikit_posthocs() -> None:
    assert nemenyi(DEMSAR) == pytest.approx(
        scikit_posthocs.posthoc_nemenyi_friedman(DEMSAR).to_numpy(), abs=1e-6
    )
    distinct = np.random.default_rng(0).normal(size=(9, 5))
    p = scikit_posthocs.posthoc_wilcoxon(list(distinct.T), p_adjust="holm").to_numpy()
    assert wilcoxon_holm(distinct) == pytest.approx(p)


def test_post_hoc_tests_agree_with_a_plain_loop() -> None:
    x = np.random.default_rng(3).normal(size=(8, 3))
    pairs = [(0, 1), (0, 2), (1, 2)]
    raw = [stats.wilcoxon(x[:, i], x[:, j]).pvalue for i, j in pairs]
    running = 0.0
    for step, k in enumerate(np.argsort(raw)):
        running = max(running, min(1, raw[k] * (3 - step)))
        assert wilcoxon_holm(x)[pairs[k]] == pytest.approx(running)
    means = np.array([stats.rankdata(-row) for row in x]).mean(axis=0)
    q = abs(means[0] - means[1]) / np.sqrt(3 * 4 / (6 * 8)) * np.sqrt(2)
    assert nemenyi(x)[0, 1] == pytest.approx(stats.studentized_range.sf(q, 3, np.inf))


def test_too_few_datasets_say_so() -> None:
    clear = rank(table(np.arange(3.0) + 10 * np.arange(5.0)[:, None]), post_hoc="wilcoxon_holm")
    assert clear.smallest_p == pytest.approx(3 * 2 / 2**5)
    assert clear.groups == (("m2", "m1", "m0"),)
    with pytest.raises(DataError, match="at least two datasets"):
        rank(table(DEMSAR[:1]))
    with pytest.raises(DataError, match="two methods"):
        rank(table(DEMSAR[:, :1]))


def test_post_hoc_findings_need_friedmans() -> None:
    ranking = rank(table(np.random.default_rng(0).normal(size=(6, 5))))
    assert ranking.friedman_p is not None and ranking.friedman_p > 0.05
    assert len(ranking.groups) == 1


def test_each_dataset_counts_once_and_seeds_are_averaged_first() -> None:
    scores = simulate({"a": 0.3, "b": 0.2, "c": 0.1}, datasets=4, seeds=3, of_seed=0.3)
    means = scores.values.mean(axis=(2, 3)).T
    ranking = rank(scores)
    assert ranking.p == rank(dataclasses.replace(table(means), methods=("a", "b", "c"))).p
    assert ranking.runs == 12


def test_a_diagram_has_a_bar_for_each_group_of_neighbours() -> None:
    ranking = rank(table(DEMSAR), level=0.90)
    drawn = diagram(ranking)
    assert [bar.methods for bar in drawn.bars] == [g for g in ranking.groups if len(g) > 1]
    assert drawn.axis == (1.0, 4.0)
    assert all(bar.right - bar.left < drawn.critical_difference for bar in drawn.bars)
    apart = dataclasses.replace(ranking, groups=(("m3", "m2"), ("m1",), ("m0",)))
    assert diagram(apart).bars == ()


values = arrays(np.float64, (6, 4), elements=st.integers(0, 9).map(float), unique=False)


@settings(max_examples=25, deadline=None)
@given(values, st.permutations(range(6)), st.permutations(range(4)))
def test_the_order_of_datasets_and_the_names_of_methods_change_nothing(
    better, rows, columns
) -> None:
    one, other = rank(table(better)), rank(table(better[rows][:, columns]))
    ours = dict(zip(one.methods, one.ranks, strict=True))
    theirs = dict(zip(other.methods, other.ranks, strict=True))
    assert all(ours[f"m{columns[i]}"] == theirs[f"m{i}"] for i in range(4))
    assert one.friedman_p == pytest.approx(other.friedman_p)


@settings(max_examples=25, deadline=None)
@given(values)
def test_a_metric_to_be_low_ranks_its_negative_alike(better) -> None:
    high, low = rank(table(better)), rank(table(-better, higher_is_better=False))
    assert (high.methods, high.ranks, high.groups) == (low.methods, low.ranks, low.groups)
