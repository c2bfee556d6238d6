from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from medpeft_sdk.analysis import Condition, Scores, difference, differences, standing, ties
from medpeft_sdk.analysis.blocks import largest_grid
from medpeft_sdk.errors import DataError, UnknownNameError
from tests.analysis.simulate import simulate

TRUTH = {"a": 0.3, "b": 0.2, "c": 0.1}


def without(scores: Scores, *places: tuple[int, ...]) -> Scores:
    values = scores.values.copy()
    for place in places:
        values[place] = np.nan
    return replace(scores, values=values)


def test_without_predictions_a_difference_is_the_paired_t_test_of_seeds() -> None:
    scores = simulate(TRUTH, seeds=5, of_seed=0.1, resamples=0)
    found = difference(scores, "a", "b")
    theirs = stats.ttest_rel(scores.values[0, 0, 0], scores.values[1, 0, 0])
    assert found.p_holm == pytest.approx(theirs.pvalue)
    assert found.mean.here.interval() == pytest.approx(tuple(theirs.confidence_interval()))


def test_over_datasets_a_difference_is_the_paired_t_test_of_their_means() -> None:
    scores = simulate(TRUTH, datasets=5, of_dataset=0.1, of_seed=0.1, resamples=0)
    found = difference(scores, "a", "b").mean
    means = scores.values.mean(axis=(2, 3))
    assert found.elsewhere is not None
    assert found.elsewhere.p == pytest.approx(stats.ttest_rel(means[0], means[1]).pvalue)
    assert (found.datasets, found.seeds) == (5, 3)


def test_one_seed_without_predictions_has_no_interval() -> None:
    found = difference(simulate(TRUTH, seeds=1, resamples=0), "a", "b")
    assert found.mean.here.interval() is None
    assert found.mean.cannot_cover == ("seeds", "patients")
    assert (found.probability, found.p_holm) == (None, None)


def test_one_seed_says_that_it_does_not_cover_seeds() -> None:
    found = difference(simulate(TRUTH, seeds=1, of_patient=0.5), "a", "b").mean
    assert found.here.interval() is not None
    assert found.cannot_cover == ("seeds",)


def test_a_metric_that_resamples_leave_undefined_does_not_cover_patients() -> None:
    scores = simulate(TRUTH, of_seed=0.1, of_patient=0.5)
    some, many = scores.drawn.copy(), scores.drawn.copy()
    some[0, 0, 0, 1, :10] = np.nan
    many[0, 0, 0, 1, :50] = np.nan
    assert difference(replace(scores, drawn=some), "a", "b").mean.cannot_cover == ()
    assert difference(replace(scores, drawn=many), "a", "b").mean.cannot_cover == ("patients",)


def test_only_runs_that_both_have_are_compared_and_counted() -> None:
    scores = without(simulate(TRUTH, datasets=2, of_seed=0.1), (0, 0, 0, 1), (1, 1))
    found = difference(scores, "a", "b").mean
    assert (found.datasets, found.seeds) == (1, 2)
    kept = [0, 2]
    expected = (scores.values[0, 0, 0] - scores.values[1, 0, 0])[kept].mean()
    assert found.here.value == pytest.approx(expected)
    with pytest.raises(DataError, match="no run in common"):
        difference(without(scores, (1, 0)), "a", "b")


def test_a_pair_that_lost_its_seeds_is_not_tested_where_others_have_several() -> None:
    scores = simulate(TRUTH, seeds=2, of_seed=0.01, of_patient=0.01)
    lost = without(scores, (0, 0, 0, 0))
    found = {d.a: d for d in differences(lost, "c")}
    assert (found["a"].untested, found["b"].untested) == (True, False)
    assert (found["a"].probability, found["a"].p_holm) == (None, None)
    assert found["a"].mean.here.interval() and found["a"].mean.cannot_cover == ("seeds",)
    assert found["b"].p_holm == pytest.approx(difference(lost, "b", "c").p_holm)
    assert difference(lost, "a", "b").untested
    assert ties(lost).groups == (("a", "b", "c"),)
    assert all(pair.untested for pair in ties(lost).pairs)


def test_one_seed_that_was_meant_is_tested_for_what_it_covers() -> None:
    one = simulate(TRUTH, seeds=1, of_patient=0.01)
    assert not any(d.untested or d.p_holm is None for d in differences(one, "c"))
    assert len(ties(one).groups) == 3


def test_nothing_is_tested_while_every_method_lacks_the_other_seeds() -> None:
    one = without(simulate(TRUTH, seeds=2, of_patient=0.01), (slice(None), 0, 0, 0))
    assert all(d.untested and d.p_holm is None for d in differences(one, "c"))
    assert ties(one).groups == (("a", "b", "c"),)


def test_a_condition_that_a_method_lacks_is_left_out_for_both() -> None:
    both = (Condition("timm/resnet18", "16shot"), Condition("timm/vit", "16shot"))
    scores = without(simulate(TRUTH, conditions=both), (0, 0, 1))
    found = difference(scores, "a", "b").mean.here.value
    assert found == pytest.approx((scores.values[0, 0, 0] - scores.values[1, 0, 0]).mean())


def test_a_ranking_is_over_the_runs_that_all_methods_have() -> None:
    scores = without(simulate(TRUTH, datasets=2), (2, 1))
    assert standing(scores).datasets == ("set0",)
    assert {pair.mean.datasets for pair in ties(scores).pairs} == {1}
    with pytest.raises(DataError, match="no run that all methods have") as error:
        standing(without(scores, (0, 0)))
    assert "a 3, b 6, c 3" in str(error.value)


def test_seeds_that_conditions_do_not_share_are_no_reason_to_give_up() -> None:
    both = (Condition("timm/resnet18", "16shot"), Condition("timm/resnet18", "100%"))
    whole = simulate(TRUTH, conditions=both)
    apart = without(whole, (0, 0, 0, 0), (0, 0, 1, 1), (0, 0, 1, 2))
    found = standing(apart)
    assert (found.runs, found.meant) == (2, 6)
    expected = [v[0, 0, 1:].mean() for v in whole.values]
    assert sorted(found.values[0].tolist()) == pytest.approx(sorted(expected))
    assert difference(apart, "a", "b").runs == 2
    unfinished = without(whole, (0, 0, 1, 1), (1, 0, 1, 2))
    assert (standing(unfinished).runs, difference(unfinished, "a", "c").runs) == (3, 4)
    assert not ties(unfinished).untested


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=4))
def test_the_largest_grid_is_the_largest(rows: list[list[bool]]) -> None:
    present = np.array(rows)
    at, seeds = largest_grid(present)
    assert present[np.ix_(at, seeds)].all()
    every = [
        (len(c) > 1, len(r) * len(c), len(c))
        for r in subsets(range(len(rows)))
        for c in subsets(range(4))
        if r and c and present[np.ix_(r, c)].all()
    ]
    assert (len(seeds) > 1, len(at) * len(seeds), len(seeds)) == max(every, default=(False, 0, 0))


def subsets(places: range) -> list[list[int]]:
    return [[p for p in places if chosen >> p & 1] for chosen in range(1 << len(places))]


def test_a_method_that_lacks_a_backbone_takes_no_run_from_the_others() -> None:
    both = (Condition("timm/resnet18", "16shot"), Condition("timm/vit", "16shot"))
    whole = simulate(TRUTH, conditions=both)
    scores = without(whole, (1, 0, 1))
    found = standing(scores)
    assert (found.methods, found.left_out) == (("a", "c"), ("b",))
    assert (found.runs, found.meant) == (6, 6)
    assert standing(scores.on("timm/resnet18")).methods == ("a", "b", "c")
    with pytest.raises(DataError, match="no two methods") as error:
        standing(without(scores, (0, 0, 0)))
    assert "--backbone timm/vit" in str(error.value)


def test_a_backbone_is_named_with_or_without_its_tag() -> None:
    names = ("timm/vit.augreg", "timm/resnet18.a1", "timm/resnet18.tv")
    scores = simulate(TRUTH, conditions=[Condition(name, "16shot") for name in names])
    assert scores.on("timm/vit").backbones == scores.on(names[0]).backbones == names[:1]
    with pytest.raises(UnknownNameError, match=r"no backbone with results is called 'timm/resnet"):
        scores.on("timm/resnet18")


def test_a_difference_does_not_change_with_the_methods_beside_it() -> None:
    scores = simulate(TRUTH, seeds=5, of_seed=0.1)
    alone = difference(scores, "a", "c")
    assert difference(without(scores, (1, 0, 0, 2)), "a", "c") == alone
    assert alone.runs == 5


def test_a_method_without_any_answer_is_not_ranked() -> None:
    scores = without(simulate(TRUTH), (1,))
    assert standing(scores).methods == ("a", "c")
    assert [d.a for d in differences(scores, "a")] == ["c"]


def test_p_values_allow_for_the_number_of_methods() -> None:
    scores = simulate(TRUTH, seeds=5, of_seed=0.1, of_patient=0.3)
    together = {d.a: d.p_holm for d in differences(scores, "c")}
    alone = {m: difference(scores, m, "c").p_holm for m in "ab"}
    least = min(alone, key=alone.__getitem__)
    assert together[least] == pytest.approx(2 * alone[least])


def test_of_a_metric_to_be_low_the_lower_one_is_better() -> None:
    scores = replace(simulate(TRUTH, of_seed=0.1), higher_is_better=False)
    found = difference(scores, "a", "b")
    upside_down = replace(scores, higher_is_better=True)
    assert found.mean == difference(upside_down, "a", "b").mean
    assert found.probability == pytest.approx(1 - difference(upside_down, "a", "b").probability)
    assert standing(scores).methods == standing(upside_down).methods[::-1]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 3))
def test_a_minus_b_is_the_negative_of_b_minus_a(seed: int, datasets: int, seeds: int) -> None:
    scores = simulate(TRUTH, datasets=datasets, seeds=seeds, of_seed=0.1, of_run=0.5, seed=seed)
    one, other = difference(scores, "a", "b"), difference(scores, "b", "a")
    assert one.mean.here.value == pytest.approx(-other.mean.here.value)
    assert one.mean.here.error == pytest.approx(other.mean.here.error)
    assert one.probability == pytest.approx(1 - other.probability)
    assert one.p_holm == pytest.approx(other.p_holm)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.permutations(range(3)), st.permutations(range(4)))
def test_names_and_the_order_of_seeds_change_nothing(seed: int, methods, seeds) -> None:
    scores = simulate(TRUTH, seeds=4, of_seed=0.1, of_patient=0.3, seed=seed)
    turned = replace(
        scores,
        values=scores.values[methods][..., seeds],
        drawn=scores.drawn[methods][:, :, :, seeds],
    )
    for i in range(3):
        for j in range(3):
            if i != j:
                here = difference(turned, "abc"[i], "abc"[j]).mean.here
                there = difference(scores, "abc"[methods[i]], "abc"[methods[j]]).mean.here
                assert here.value == pytest.approx(there.value)
                assert here.error == pytest.approx(there.error)
