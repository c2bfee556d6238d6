"""The rungs of a race: when its field is looked over, and what it costs to go on."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Course:
    """A training run, as a race sees it.

    Attributes:
        looks: The step of each look at the validation split; the last is the last step.
        test_steps: What testing costs, in steps.
    """

    looks: tuple[int, ...]
    test_steps: float = 0.0

    @property
    def steps(self) -> int:
        """Of a run that goes to its end."""
        return self.looks[-1]

    @property
    def rungs(self) -> tuple[int, ...]:
        """The numbers of looks after which methods stop: all looks, half of them, and so on."""
        found = [len(self.looks)]
        while found[-1] > 1:
            found.append(found[-1] // 2)
        return tuple(reversed(found))

    def step(self, look: int) -> int:
        """Returns the step of a look, counted from 1."""
        return self.looks[look - 1]

    def doublings(self, look: int) -> float:
        """Returns how often the steps so far have to be doubled to come to the end."""
        return math.log2(self.steps / self.step(look))

    def rest(self, look: int) -> float:
        """Returns the steps from a look to the end, with the test."""
        return self.steps - self.step(look) + self.test_steps

    def least(self, racers: int, sure: int) -> float:
        """Returns the steps of the shortest race: all to the first rung, some to the end."""
        first = self.rungs[0]
        return racers * self.step(first) + sure * self.rest(first)

    def most(self, racers: int) -> float:
        """Returns the steps of a race in which all go to the end."""
        return racers * (self.steps + self.test_steps)
