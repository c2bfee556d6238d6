"""What a race may spend: time, or optimiser steps."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from medpeft_sdk.errors import SpecError

_NUMBER = r"(\d+(?:\.\d+)?)"
_TIME = re.compile(rf"(?:{_NUMBER}h)?(?:{_NUMBER}m(?:in)?)?(?:{_NUMBER}s)?")
_STEPS = re.compile(r"(\d+)steps?")


@dataclass(frozen=True)
class Budget:
    """An amount of time, which depends on the machine, or of steps, which does not."""

    amount: float
    unit: Literal["seconds", "steps"]

    def __str__(self) -> str:
        return f"{self.amount:g} {self.unit}"


def read_budget(text: object) -> Budget:
    """Reads a budget such as ``20m``, ``1h30m``, ``90s`` or ``5000 steps``.

    Raises:
        SpecError: It is none, or nothing, or a number without a unit.
    """
    plain = str(text).replace(" ", "").lower()
    budget = Budget(0, "seconds")
    if match := _STEPS.fullmatch(plain):
        budget = Budget(float(match[1]), "steps")
    elif match := _TIME.fullmatch(plain):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        budget = Budget(3600 * hours + 60 * minutes + seconds, "seconds")
    if not 0 < budget.amount < math.inf:
        example = f"{plain}m" if re.fullmatch(_NUMBER, plain) and float(plain) else "20m"
        raise SpecError(
            f"'{text}' is no budget",
            where="--budget",
            expected="a time such as 90s, 20m or 1h30m, or a number of steps such as 5000steps",
            mend=f"write it with its unit, such as --budget {example}",
        )
    return budget


class Purse:
    """What is left of a budget.

    Args:
        budget: The whole of it.
        spent: What went before.
        clock: Tells seconds.
    """

    def __init__(
        self, budget: Budget, spent: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.budget = budget
        self._before, self._clock, self._started, self._steps = spent, clock, clock(), 0

    def count(self, steps: int) -> None:
        """Notes that steps were taken."""
        self._steps += steps

    def price(self, *, seconds: float, steps: int) -> float:
        """Returns what a step costs whose like took so many seconds."""
        return 1.0 if self.budget.unit == "steps" else seconds / steps

    @property
    def spent(self) -> float:
        """In the unit of the budget."""
        steps = self.budget.unit == "steps"
        return self._before + (self._steps if steps else self._clock() - self._started)

    @property
    def left(self) -> float:
        """In the unit of the budget; negative where it was exceeded."""
        return self.budget.amount - self.spent
