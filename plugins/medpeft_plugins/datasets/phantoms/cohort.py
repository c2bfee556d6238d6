"""Who is in a generated dataset: patients, how often each is seen, and on which side of a split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SHARES = {"train": 0.35, "val": 0.15, "test": 0.5}
"""Of the patients of each kind. Few-shot cells need few training images, and many test images
to tell one method from another."""


@dataclass(frozen=True)
class Member:
    """A patient of a cohort.

    Attributes:
        number: Which one; the patient's numbers are drawn from it.
        kind: What the patient was drawn as: a class or, where one patient has several, a kind of
            patient.
        views: Images of the patient.
        split: The split of all of them.
    """

    number: int
    kind: str
    views: int
    split: str


def draw_cohort(seed: int, patients: Mapping[str, int], most_views: int) -> tuple[Member, ...]:
    """Draws a cohort.

    Args:
        seed: The dataset's seed.
        patients: Patients of each kind.
        most_views: A patient has from one to so many.
    """
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(np.repeat(np.arange(len(patients)), list(patients.values())))
    views = rng.integers(1, most_views + 1, size=len(kinds))
    names = tuple(patients)
    return tuple(
        Member(number, names[kind], int(views[number]), split)
        for number, (kind, split) in enumerate(zip(kinds, _splits(kinds), strict=True))
    )


def _splits(kinds: npt.NDArray[np.int64]) -> list[str]:
    """Gives each patient a split; patients are in random order, so the first are as good as any."""
    ends = np.cumsum(list(SHARES.values()))
    splits = [""] * len(kinds)
    for kind in np.unique(kinds):
        alike = np.flatnonzero(kinds == kind)
        for at, patient in enumerate(alike):
            splits[patient] = list(SHARES)[int(np.searchsorted(ends, (at + 0.5) / len(alike)))]
    return splits
