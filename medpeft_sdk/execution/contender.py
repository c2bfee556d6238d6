"""A cell in a race."""

from __future__ import annotations

from medpeft_sdk.evaluation import Predictions
from medpeft_sdk.execution.candidate import Candidate
from medpeft_sdk.execution.choice import quality


class Contender:
    """The racer that a candidate is.

    Attributes:
        candidate: What is trained.
    """

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self._trainable = sum(p.numel() for p in candidate.adapted.trainable_parameters())

    def train(self, look: int) -> None:
        """Trains up to a look; raises `DivergedError`."""
        while len(self.candidate.looks) < look and self.candidate.advance():
            pass

    @property
    def rank(self) -> tuple[float, ...]:
        """Score of the best look so far; of equal ones the smaller method is better."""
        score, loss = quality(self.candidate.best)
        return score, -self._trainable, loss

    @property
    def validated(self) -> Predictions:
        """Predictions of the validation split at that look."""
        workbench = self.candidate.workbench
        return workbench.predictions(workbench.splits.val, self.candidate.validated)

    @property
    def seconds(self) -> float:
        """Time spent on steps and looks."""
        return self.candidate.meter.seconds("train", "validate")
