"""When a search is over, and what it chooses."""

from __future__ import annotations

from collections.abc import Sequence

from medpeft_sdk.specs import Look, Scalar, SearchSpec, TrialSpec


def is_over(trials: Sequence[TrialSpec], budget: int) -> bool:
    """Tells whether no further trial is due.

    A method that refuses its own defaults cannot act on the backbone.
    """
    return len(trials) >= budget or any(t.status == "unsupported" for t in trials[:1])


def choose(search: SearchSpec, trials: Sequence[TrialSpec], budget: int) -> dict[str, Scalar]:
    """Returns the values of the best of the first ``budget`` trials, the earliest of equal ones.

    Trials that ended early are not chosen. Where none came to its end, the first trial's values
    are: the cells then say themselves what is wrong.
    """
    ended = [trial for trial in trials[:budget] if trial.status == "ok"]
    return dict(max(ended, key=quality).values) if ended else search.first


def quality(seen: Look | TrialSpec) -> tuple[float, float]:
    """Orders by score; the lower loss decides between equal scores."""
    score = -float("inf") if seen.score is None else seen.score
    loss = float("inf") if seen.validation_loss is None else seen.validation_loss
    return score, -loss
