"""Means of methods, with what their errors cover."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from medpeft_sdk.analysis.blocks import blocks
from medpeft_sdk.analysis.common import in_common, standing
from medpeft_sdk.analysis.pooled import Pooled, Sample, pool
from medpeft_sdk.analysis.scores import Condition, Scores


def means(scores: Scores) -> Mapping[str, Pooled]:
    """Averages every method over seeds, conditions and datasets, which count alike.

    Returns:
        By method, best first. Whether two methods differ is not seen from two such intervals,
        because they share their patients: that is what `ties` and `differences` are for.

    Raises:
        DataError: There is no run that all methods with an answer have.
    """
    names = standing(scores).methods
    found = blocks(in_common(scores), names)
    return {
        name: pool(
            [
                Sample(
                    value=float(block.values[m].mean()),
                    runs=block.values[m],
                    drawn=None if block.drawn is None else block.drawn[m],
                    units=block.units,
                )
                for block in found
            ]
        )
        for m, name in enumerate(names)
    }


def settings(scores: Scores) -> Mapping[tuple[str, str, Condition], Pooled]:
    """Averages every method over its own seeds in each setting, by method, dataset, condition."""
    found: dict[tuple[str, str, Condition], Pooled] = {}
    for m, d, c in np.argwhere(np.isfinite(scores.values).any(axis=-1)).tolist():
        seeds = np.isfinite(scores.values[m, d, c])
        runs = scores.values[m, d, c, seeds]
        drawn = None if scores.drawn is None else scores.drawn[m, d, c, seeds]
        units = scores.units[d] if scores.units else 0
        about = scores.methods[m], scores.datasets[d], scores.conditions[c]
        found[about] = pool([Sample(float(runs.mean()), runs, drawn, units)])
    return found
