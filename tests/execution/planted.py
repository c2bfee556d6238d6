"""Racers whose learning curves are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from medpeft_sdk.evaluation import Metric, Predictions
from medpeft_sdk.evaluation.estimate import point
from medpeft_sdk.execution.course import Course
from medpeft_sdk.execution.journal import Journal, RaceSpec
from medpeft_sdk.execution.race import Stable
from medpeft_sdk.registry import load_registry

COURSE = Course(looks=tuple(range(10, 90, 10)))
BASELINES = ("linear", "full")
SAMPLES = 200

Curve = Callable[[int], float]
"""How far apart the classes are after a number of steps."""


def auroc() -> Metric:
    entry = load_registry().metrics.get("auroc")
    return entry.load()(entry.spec)


def flattening(limit: float, pace: float = 10.0) -> Curve:
    return lambda step: limit * (1 - np.exp(-step / pace))


class PlantedRacer:
    """Sees the same samples as all, some of which are hard for all."""

    def __init__(self, curve: Curve, name: str, trained: list[tuple[str, int]]) -> None:
        self._curve, self._name, self._trained = curve, name, trained
        self._metric = auroc()
        self.step = 0

    def train(self, look: int) -> None:
        self._trained.append((self._name, look))
        self.step = COURSE.step(look)

    @property
    def rank(self) -> tuple[float, float]:
        return point(self._metric, self.validated), 0.0

    @property
    def validated(self) -> Predictions:
        labels = np.arange(SAMPLES, dtype=np.int64) % 2
        hardness = np.random.default_rng(0).normal(size=SAMPLES)
        own = np.random.default_rng([1, *self._name.encode()]).normal(size=SAMPLES)
        logit = self._curve(self.step) * (2 * labels - 1) + hardness + 0.2 * own
        positive = (1 / (1 + np.exp(-logit))).astype(np.float32)
        return Predictions(
            ids=tuple(map(str, range(SAMPLES))),
            groups=None,
            labels=labels,
            probabilities=np.stack([1 - positive, positive], axis=1),
            classes=("no", "yes"),
        )

    @property
    def seconds(self) -> float:
        return float(self.step)


class Planted:
    """A stable of planted racers that remembers who was trained."""

    def __init__(self, curves: Mapping[str, Curve]) -> None:
        self.trained: list[tuple[str, int]] = []
        self.curves = curves
        self.stable = Stable(
            {name: (lambda n=name: PlantedRacer(curves[n], n, self.trained)) for name in curves}
        )

    def journal(self, folder: Path, budget: str = "10000 steps") -> Journal:
        cells = dict.fromkeys(self.curves, "0" * 64)
        return Journal(folder, RaceSpec(cells=cells, baselines=BASELINES, budget=budget))
