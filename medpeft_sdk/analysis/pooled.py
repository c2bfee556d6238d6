"""One number over datasets, sure of itself to the right degree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medpeft_sdk.analysis.blocks import errors_within
from medpeft_sdk.analysis.student import Component, Student

SOURCES = ("seeds", "patients")


@dataclass(frozen=True, eq=False)
class Sample:
    """A quantity on one dataset: its value, and what its error is measured by.

    Attributes:
        value: The quantity itself.
        runs: One contribution a seed, whose mean has the error of ``value``.
        drawn: The same on bootstrap resamples, shape ``(seeds, resamples)``.
        units: Patients drawn in each.
    """

    value: float
    runs: npt.NDArray[np.float64]
    drawn: npt.NDArray[np.float64] | None
    units: int


@dataclass(frozen=True)
class Pooled:
    """A mean over datasets, in two readings.

    Attributes:
        here: For these very datasets. Its error covers the sources named in ``covers``.
        elsewhere: For datasets like these, of which they are a sample; ``None`` of one dataset.
            The spread between datasets holds all other sources.
        covers: ``seeds``, ``patients``: what the error of ``here`` covers on every dataset.
        datasets: Number of datasets.
        seeds: Fewest seeds on any of them.
        patients: Patients (samples, where there are no groups) of all test splits together; 0
            where predictions were not read.
    """

    here: Student
    elsewhere: Student | None
    covers: tuple[str, ...]
    datasets: int
    seeds: int
    patients: int

    @property
    def cannot_cover(self) -> tuple[str, ...]:
        """What the error of ``here`` says nothing about."""
        return tuple(source for source in SOURCES if source not in self.covers)

    def untested(self, *, several: bool) -> bool:
        """Whether it is of one seed of a dataset only, although several were meant."""
        return several and "seeds" in self.cannot_cover


def pool(samples: Sequence[Sample]) -> Pooled:
    """Averages a quantity over datasets, which count alike.

    Seeds and patients are hierarchical: within datasets, and independent between them. Datasets
    are drawn whole for ``elsewhere``; drawing seeds and patients within them as well would count
    these twice (Davison and Hinkley, 1997, section 3.8).
    """
    count = len(samples)
    values = np.array([s.value for s in samples])
    errors = [errors_within(s.runs, s.drawn, s.units) for s in samples]
    covers = tuple(source for source in SOURCES if all(source in e for e in errors))
    parts = {
        source: [
            Component(e[source].variance / count**2, e[source].df) for e in errors if source in e
        ]
        for source in SOURCES
    }
    mean = float(values.mean())
    between = Component(float(values.var(ddof=1)) / count, count - 1) if count > 1 else None
    return Pooled(
        here=Student.of(mean, filter(None, map(Component.total, parts.values()))),
        elsewhere=Student.of(mean, [between]) if between else None,
        covers=covers,
        datasets=count,
        seeds=min(len(s.runs) for s in samples),
        patients=sum(s.units for s in samples),
    )
