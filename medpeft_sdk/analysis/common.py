"""The runs that all methods have: a ranking has to be over equal ground."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from medpeft_sdk.analysis.blocks import blocks
from medpeft_sdk.analysis.scores import Scores
from medpeft_sdk.errors import DataError


@dataclass(frozen=True, eq=False)
class Standing:
    """Means of methods on the runs that all of them have.

    Attributes:
        methods: Names, best first.
        datasets: Names of the datasets.
        values: Mean over seeds and conditions, shape ``(datasets, methods)``.
        runs: Runs a method that the means are of.
    """

    methods: tuple[str, ...]
    datasets: tuple[str, ...]
    values: npt.NDArray[np.float64]
    runs: int


def in_common(scores: Scores) -> Scores:
    """Keeps the methods with any answer, and of these the runs that all of them have.

    Raises:
        DataError: There is no such run, or no answer at all.
    """
    counts = np.isfinite(scores.values).sum(axis=(1, 2, 3))
    if not counts.any():
        reasons = dict.fromkeys(gap.reason for gap in scores.gaps)
        raise DataError(
            "no method has an answer",
            where=f"{scores.metric} on {', '.join(scores.datasets)}",
            expected="a method with one; there is none because of: " + "; ".join(reasons),
        )
    part = scores.only([m for m, n in zip(scores.methods, counts, strict=True) if n])
    present = np.isfinite(part.values).all(axis=0)
    if not present.any():
        told = ", ".join(f"{m} {n}" for m, n in zip(scores.methods, counts, strict=True))
        raise DataError(
            "there is no run that all methods have",
            where=f"{scores.metric}; answers: {told}",
            expected="a dataset and a seed with an answer by all methods in the same conditions",
            mend="name the methods to rank, without those that lack answers",
        )
    return replace(part, values=np.where(present, part.values, np.nan))


def several_seeds(scores: Scores) -> bool:
    """Returns whether several seeds were meant, whether or not they all have answers.

    Then an error that one seed leaves without the seeds' part is no match for those of several:
    it would make a method differ by taking runs away.
    """
    return len(scores.seeds) > 1


def standing(scores: Scores) -> Standing:
    """Orders the methods by their mean over datasets; equal ones by name.

    Raises:
        DataError: There is no run that all methods with an answer have.
    """
    common = in_common(scores)
    found = blocks(common, common.methods)
    values = np.array([block.values.mean(axis=1) for block in found])
    means = values.mean(axis=0) * (-1 if scores.higher_is_better else 1)
    order = np.argsort(means, kind="stable")
    return Standing(
        methods=tuple(common.methods[i] for i in order),
        datasets=tuple(block.dataset for block in found),
        values=values[:, order],
        runs=sum(len(block.seeds) * len(block.conditions) for block in found),
    )
