"""Resampling of a test split: stratified by label, whole groups at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from medpeft_sdk.data import indicators
from medpeft_sdk.evaluation.predictions import Predictions

RESAMPLES = 1000
LEVEL = 0.95
_CHUNK = 1 << 21
_DEFINED = 0.9


def resample(
    predictions: Predictions, *, resamples: int = RESAMPLES, seed: int = 0
) -> Iterator[npt.NDArray[np.int64]]:
    """Draws bootstrap resamples of the samples, as counts.

    What is drawn with replacement is the group (the patient, the lesion), because samples of one
    group are not independent; without groups it is the sample. Draws are stratified: a group
    belongs to the stratum of its rarest label (rarest in the whole split), of which there are at
    most as many as classes, and one more where samples can have none. So a class keeps its share
    of groups, and a rare class does not vanish from a resample.

    Args:
        predictions: The samples; only labels and groups are looked at.
        resamples: How many resamples.
        seed: Equal seeds give equal resamples.

    Yields:
        How often each sample is drawn in each resample, shape ``(rows, n)``, ``int64``, in
        chunks that bound memory; the rows of all chunks together are ``resamples``.
    """
    labels = predictions.labels
    if predictions.groups is None:
        unit = np.arange(len(labels))
    else:
        unit = np.unique(np.array(predictions.groups), return_inverse=True)[1]
    stratum = _rarest_labels(indicators(labels, len(predictions.classes)), unit)
    members = [np.flatnonzero(stratum == label) for label in np.unique(stratum)]
    rng = np.random.default_rng(seed)
    chunk = max(1, _CHUNK // len(labels))
    for start in range(0, resamples, chunk):
        rows = min(chunk, resamples - start)
        counts = np.empty((rows, len(stratum)), np.int64)
        for units in members:
            counts[:, units] = _multinomial(rng, rows, len(units))
        yield counts[:, unit]


def interval(
    replicates: npt.NDArray[np.float64], value: float, *, comparisons: int = 1
) -> tuple[float, float] | None:
    """Takes the 95 % percentile interval of bootstrap replicates.

    The interval is widened to hold ``value`` where it does not: resampling inflates a statistic
    that measures departure from zero, such as a calibration error, so that all replicates can
    lie above it.

    Args:
        replicates: The statistic on each resample, shape ``(resamples,)``; NaN where undefined.
        value: The statistic on the samples themselves.
        comparisons: Of how many intervals it is one that shall all hold, with 95 %.

    Returns:
        The two ends; ``None`` where more than a tenth of the replicates are undefined.
    """
    defined = _defined(replicates)
    if defined is None:
        return None
    tail = (1 - LEVEL) / 2 / comparisons
    low, high = np.quantile(defined, [tail, 1 - tail])
    return min(float(low), value), max(float(high), value)


def simultaneous_interval(
    errors: npt.NDArray[np.float64], value: float, least: float, most: float
) -> tuple[float, float] | None:
    """Takes a 95 % interval of an extreme, such as the largest of several statistics.

    The largest of several noisy numbers is too large, and that of their resamples larger again:
    their percentiles may all lie beyond the truth. But it is never further off than the largest
    error among all of them. Where the resamples tell the size of that error, an interval of this
    half-width holds the truth at least as often as it says.

    Args:
        errors: The largest departure of the replicates from the values that they replicate, in
            each resample, shape ``(resamples,)``; NaN where undefined.
        value: The extreme on the samples themselves.
        least: The smallest value that it can take.
        most: The largest value that it can take.

    Returns:
        The two ends; ``None`` where more than a tenth of the errors are undefined.
    """
    defined = _defined(errors)
    if defined is None:
        return None
    error = float(np.quantile(defined, LEVEL))
    return max(least, value - error), min(most, value + error)


def _defined(replicates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    """Leaves out what is undefined; ``None`` where that is too much."""
    defined = replicates[np.isfinite(replicates)]
    enough = len(defined) and len(defined) >= _DEFINED * len(replicates)
    return defined if enough else None


def _multinomial(rng: np.random.Generator, rows: int, size: int) -> npt.NDArray[np.int64]:
    """Counts ``size`` equally likely draws among ``size`` units, in each of ``rows`` rows."""
    drawn = rng.integers(size, size=(rows, size)) + size * np.arange(rows)[:, None]
    return np.bincount(drawn.ravel(), minlength=rows * size).reshape(rows, size)


def _rarest_labels(
    has: npt.NDArray[np.bool_], unit: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Finds the rarest label of each unit; of equally rare ones the lowest index."""
    by_rarity = np.argsort(has.sum(axis=0), kind="stable")
    ranks = np.where(has, np.argsort(by_rarity), len(by_rarity)).min(axis=1)
    lowest = np.full(unit.max() + 1, len(by_rarity), np.int64)
    np.minimum.at(lowest, unit, ranks)
    return by_rarity[lowest]
