"""A network on its way to an answer: trained, paused, validated, and shown no test image."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.data import select_subset
from medpeft_sdk.errors import PluginError
from medpeft_sdk.evaluation import Metric
from medpeft_sdk.execution.choice import quality
from medpeft_sdk.execution.costs import Meter
from medpeft_sdk.execution.energy import EnergyMeter
from medpeft_sdk.execution.workbench import Workbench
from medpeft_sdk.specs import CellSpec, Look
from medpeft_sdk.training import Trained, train_classifier
from medpeft_sdk.training.classification import Score
from medpeft_sdk.training.precision import Precision

OnStep = Callable[[int, int], None]


class Candidate:
    """Sets up what a cell trains, and trains it look by look; several may take turns.

    Attributes:
        cell: What is trained, on what, and how.
        adapted: The network.
        train: The images to learn from.
        validation: The images that every choice is made on.
        meter: What it has cost so far.
        board: The energy that its training has drawn so far, where there is a GPU.
        looks: The looks at the validation split so far.
        validated: What the network said about the validation images at the best look so far.
        trained: How the training went, once it has ended; the network is then at the step that
            validation chose.

    Args:
        cell: What to train; its recipe has a learning rate.
        workbench: Has the network and the images.
        method: What adapts the network.
        metric: What validation goes by.
        precision: Device and number format.
        on_step: Is told the step, from 1, and the number of steps.

    Raises:
        UnsupportedError: The method cannot act on the network.
    """

    def __init__(
        self,
        cell: CellSpec,
        workbench: Workbench,
        method: Method,
        metric: Metric,
        *,
        precision: Precision,
        on_step: OnStep = lambda step, steps: None,
    ) -> None:
        self.cell, self.workbench, self.precision = cell, workbench, precision
        self.meter, self.board = Meter(precision.device), EnergyMeter(precision.device)
        self.looks: list[Look] = []
        self.validated = self._seen = torch.empty(0)
        self.trained: Trained | None = None
        self._test_reads = workbench.splits.test_reads
        recipe = cell.recipe
        with self.meter.phase("data"):
            workbench.pixels(recipe)
        with self.meter.phase("load"):
            if method.spec.pretrained:
                workbench.load(recipe)
            self.meter.begin_memory()
            network = workbench.network(recipe, pretrained=method.spec.pretrained, seed=cell.seed)
        with self.meter.phase("adapt"):
            self.adapted = adapt(network, method, cell.hyperparameters, seed=cell.seed)
            self.adapted.model.to(precision.device)
            if workbench.channels_last:
                self.adapted.model.to(memory_format=torch.channels_last)
        with self.meter.phase("data"):
            splits = workbench.splits
            rows = select_subset(workbench.table, splits.train, cell.subset, cell.seed)
            self.train = workbench.images(rows, recipe, precision.device)
            self.validation = workbench.images(splits.val, recipe, precision.device)
            metric.check_applies(self.validation.labels)
        self._training = train_classifier(
            self.adapted,
            self.train,
            self.validation,
            recipe=recipe,
            precision=precision,
            seed=cell.seed,
            score=self._remembering(_score(metric)),
            on_step=on_step,
            validating=partial(self.meter.phase, "validate"),
        )

    @property
    def best(self) -> Look:
        """The best look so far, the earliest of equal ones."""
        return max(self.looks, key=quality)

    def advance(self) -> Look | None:
        """Trains up to the next look at the validation split; ``None`` where there is no more.

        Raises:
            DivergedError: The loss stopped being finite.
            PluginError: Somebody read the test split meanwhile, or the method changed weights that
                are frozen.
        """
        look = self._next()
        if self.workbench.splits.test_reads != self._test_reads:
            raise PluginError(
                f"the test split was read while {self.cell.method} was trained: its choices "
                "cannot be trusted"
            )
        return look

    def _next(self) -> Look | None:
        try:
            with self.meter.phase("train"), self.board.measuring():
                look = next(self._training)
        except StopIteration as end:
            if self.trained is None:
                self.adapted.check_frozen()
                self.trained = end.value
            return None
        self.looks.append(look)
        if self.best is look:
            self.validated = self._seen
        return look

    def finish(self) -> Trained:
        """Trains to the end; raises as `advance` does."""
        while self.advance():
            pass
        assert self.trained is not None, "a training that has ended says how it went"
        return self.trained

    def _remembering(self, score: Score) -> Score:
        def remember(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
            self._seen = probabilities
            return score(probabilities, labels)

        return remember


def _score(metric: Metric) -> Score:
    sign = 1.0 if metric.spec.higher_is_better else -1.0

    def score(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
        try:
            return sign * metric.compute(probabilities, labels)
        except Exception as error:
            raise PluginError(
                f"the metric '{metric.spec.name}', by which validation chooses, failed: "
                f"{type(error).__name__}: {error}"
            ) from error

    return score
