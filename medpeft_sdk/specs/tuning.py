"""The rules of a search, which are the same for every method."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from medpeft_sdk.specs.base import Spec

Ruleset = Literal["fixed", "tuned"]
Pruning = Literal["none", "halving"]

MOST_TRIALS = 10_000
"""Of a search; more is a slip of the finger."""

SEARCH_SEED = 2**63 - 1
"""The seed of every trial; no cell that is reported may have it."""


class Tuning(Spec):
    """What a method may spend before its cells are run.

    Attributes:
        trials: Training runs, the first of them with the method's defaults.
        pruning: ``halving`` ends a trial at the first, second, fourth, eighth … look unless its
            score is in the better half of those that got there before; ``none`` ends none.
    """

    trials: int = Field(ge=1, le=MOST_TRIALS)
    pruning: Pruning = "none"


def rules_text(tuning: Tuning | None) -> str:
    """Names the rules in few words, such as ``fixed`` or ``tuned, 16 trials, halving``."""
    if tuning is None:
        return "fixed"
    ended = "" if tuning.pruning == "none" else f", {tuning.pruning}"
    return f"tuned, {tuning.trials} trial{'s' if tuning.trials > 1 else ''}{ended}"
