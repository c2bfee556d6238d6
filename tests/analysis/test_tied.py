from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from medpeft_sdk.analysis import letters, tied_groups
from medpeft_sdk.analysis.holm import holm


def differing(methods: str, *pairs: str) -> np.ndarray:
    found = np.zeros((len(methods), len(methods)), bool)
    for a, b in pairs:
        i, j = methods.index(a), methods.index(b)
        found[i, j] = found[j, i] = True
    return found


def test_a_method_between_two_others_may_tie_with_both() -> None:
    assert tied_groups("abc", differing("abc", "ac")) == (("a", "b"), ("b", "c"))


def test_without_a_finding_all_are_one_group() -> None:
    assert tied_groups("abc", differing("abc")) == (("a", "b", "c"),)


def test_letters_name_the_groups() -> None:
    groups = tied_groups("abcd", differing("abcd", "ac", "ad", "bd"))
    assert letters("abcd", groups) == {"a": "a", "b": "ab", "c": "bc", "d": "c"}


def test_more_groups_than_letters_are_counted() -> None:
    many = [str(i) for i in range(28)]
    groups = [many[i : i + 2] for i in range(27)]
    named = letters(many, groups)
    assert (named["0"], named["5"]) == ("~1", "~2")


@st.composite
def findings(draw: st.DrawFn) -> tuple[str, np.ndarray]:
    methods = "abcdefg"[: draw(st.integers(1, 7))]
    pairs = ["".join(pair) for pair in combinations(methods, 2)]
    return methods, differing(
        methods, *draw(st.sets(st.sampled_from(pairs)) if pairs else st.just(set()))
    )


@given(findings())
def test_groups_are_all_the_largest_sets_without_a_finding(found: tuple[str, np.ndarray]) -> None:
    methods, differs = found
    free = [
        frozenset(group)
        for size in range(1, len(methods) + 1)
        for group in combinations(methods, size)
        if not any(differs[methods.index(a), methods.index(b)] for a, b in combinations(group, 2))
    ]
    largest = {g for g in free if not any(g < other for other in free)}
    assert set(map(frozenset, tied_groups(methods, differs))) == largest


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.01, 0.2))
def test_holm_finds_what_stepping_down_finds(p: list[float], level: float) -> None:
    found = holm(p)
    rejected: set[int] = set()
    for step, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        if p[i] * (len(p) - step) >= level:
            break
        rejected.add(i)
    assert {i for i, q in enumerate(found) if q < level} == rejected
    assert (found >= p).all() and (found <= 1).all()
