"""Tables of scores whose truth is known, drawn patient by patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from medpeft_sdk.analysis import Condition, Scores


def simulate(
    truth: Mapping[str, float],
    *,
    datasets: int = 1,
    seeds: int = 3,
    patients: int = 60,
    conditions: Sequence[Condition] = (Condition("timm/resnet18", "16shot"),),
    of_dataset: float = 0.0,
    of_seed: float = 0.0,
    of_patient: float = 0.0,
    of_run: float = 0.0,
    resamples: int = 200,
    seed: int = 0,
) -> Scores:
    """Draws the mean score of patients, whose expectation is ``truth``.

    Args:
        truth: Expected score by method.
        datasets: Number of datasets.
        seeds: Number of seeds.
        patients: Patients in each test split.
        conditions: Backbones and subsets.
        of_dataset: Deviation of a method's advantage between datasets.
        of_seed: Deviation of a method's score between seeds.
        of_patient: Deviation of a method's score between patients, the same for all seeds.
        of_run: Deviation between patients that every run draws anew.
        resamples: Bootstrap resamples of patients; none gives no draws.
        seed: Equal seeds give equal tables.
    """
    rng = np.random.default_rng(seed)
    shape = (len(truth), datasets, len(conditions), seeds, patients)

    def normal(deviation: float, axes: str) -> np.ndarray:
        size = [n if axis in axes else 1 for axis, n in zip("mdcsp", shape, strict=True)]
        return deviation * rng.normal(size=size)

    scores = (
        np.reshape(list(truth.values()), (-1, 1, 1, 1, 1))
        + normal(1.0, "dp")
        + normal(of_dataset, "md")
        + normal(of_seed, "mds")
        + normal(of_patient, "mdp")
        + normal(of_run, "mdcsp")
    )
    drawn = None
    if resamples:
        counts = rng.multinomial(patients, np.full(patients, 1 / patients), (datasets, resamples))
        drawn = np.einsum("mdcsp,dbp->mdcsb", scores, counts / patients, optimize=True)
    return Scores(
        metric="accuracy",
        higher_is_better=True,
        methods=tuple(truth),
        datasets=tuple(f"set{i}" for i in range(datasets)),
        conditions=tuple(conditions),
        seeds=tuple(range(seeds)),
        values=scores.mean(axis=-1),
        drawn=drawn,
        units=(patients,) * datasets,
        sizes={c.backbone: 1000 * (i + 1) for i, c in enumerate(conditions)},
    )
