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
        meant: Runs a method that there would be, were there no gaps.
        left_out: Names of the methods with answers, but not on every backbone.
    """

    methods: tuple[str, ...]
    datasets: tuple[str, ...]
    values: npt.NDArray[np.float64]
    runs: int
    meant: int
    left_out: tuple[str, ...]


def on_every_backbone(scores: Scores) -> tuple[str, ...]:
    """Names the methods with an answer on every backbone on which any method has one.

    What a method that fits some backbones only can be compared by is the tables of these, one by
    one: a mean over all backbones would be of fewer for all methods, or of others for each.
    """
    answering = _answering(scores)
    everywhere = set[str]().union(*answering.values()).intersection(*answering.values())
    return tuple(method for method in scores.methods if method in everywhere)


def _answering(scores: Scores) -> dict[str, set[str]]:
    """Names the methods that have an answer on each backbone on which there is one."""
    found: dict[str, set[str]] = {}
    for m, _, c in np.argwhere(np.isfinite(scores.values).any(axis=-1)).tolist():
        found.setdefault(scores.conditions[c].backbone, set()).add(scores.methods[m])
    return found


def in_common(scores: Scores) -> Scores:
    """Keeps the methods with answers on every backbone, and of these the runs that all have.

    Raises:
        DataError: There is no such run, no two such methods, or no answer at all.
    """
    counts = np.isfinite(scores.values).sum(axis=(1, 2, 3))
    if not counts.any():
        reasons = dict.fromkeys(gap.reason for gap in scores.gaps)
        raise DataError(
            "no method has an answer",
            where=f"{scores.metric} on {', '.join(scores.datasets)}",
            expected="a method with one; there is none because of: " + "; ".join(reasons),
        )
    kept = on_every_backbone(scores)
    if len(kept) < min(2, np.count_nonzero(counts)):
        answering = _answering(scores)
        most = max(answering, key=lambda name: len(answering[name]))
        raise DataError(
            "there are no two methods with answers on every backbone",
            where=f"{scores.metric} on {', '.join(scores.backbones)}",
            expected="two methods that fit all of them",
            mend=f"rank one backbone at a time, such as --backbone {most}"
            if len(answering[most]) > 1
            else "name methods that fit one backbone",
        )
    part = scores.only(kept)
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
        runs=sum(block.runs for block in found),
        meant=scores.values[0].size,
        left_out=tuple(
            method
            for method, values in zip(scores.methods, scores.values, strict=True)
            if method not in common.methods and np.isfinite(values).any()
        ),
    )
