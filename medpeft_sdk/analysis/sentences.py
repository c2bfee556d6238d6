"""A recommendation in plain sentences."""

from __future__ import annotations

from collections import defaultdict

from medpeft_sdk.analysis.recommendation import Compared, Recommendation, Stopped
from medpeft_sdk.specs import Estimate


def sentences(answer: Recommendation) -> tuple[str, ...]:
    """Says what to use, how the others compare, who stopped early and why, and the caveats."""
    return (
        f"Use {answer.method}: {answer.metric} {_interval(answer.score)} on {answer.score.n:,} "
        "test images, which no choice has seen.",
        *(_compared(other) for other in answer.compared),
        *_stopped(answer),
        *answer.caveats,
    )


def _compared(other: Compared) -> str:
    difference = other.difference
    if other.equal:
        return f"{other.method} did exactly as well on these test images."
    if other.verdict == "within noise":
        return f"{other.method} is within noise: {_interval(difference, sign=True)}."
    if other.verdict == "unknown":
        return f"{other.method} cannot be compared on this test split."
    size = _interval(_size(difference))
    if other.verdict == "worse":
        return f"{other.method} is worse by {size}."
    return (
        f"{other.method} is better by {size} on the test images; the choice was made on the "
        "validation images before, and stands."
    )


def _stopped(answer: Recommendation) -> list[str]:
    groups: dict[str, list[Stopped]] = defaultdict(list)
    for stopped in answer.stopped:
        groups[stopped.why].append(stopped)
    found: list[str] = []
    if beaten := groups.pop("evidence", []):
        found.append(
            "Stopped because they could not catch up on the "
            f"{answer.validation_samples:,} validation images: {_places(beaten, answer)}."
        )
    if cut := groups.pop("budget", []):
        found.append(
            f"Stopped to keep the budget, as the worst so far: {_places(cut, answer)}. "
            "With a larger budget they would go on."
        )
    found += [
        f"{stopped.method} came to no answer ({why}): {stopped.reason}."
        for why, group in groups.items()
        for stopped in group
    ]
    return found


def _places(stopped: list[Stopped], answer: Recommendation) -> str:
    at: dict[int, list[str]] = defaultdict(list)
    for one in stopped:
        at[one.step].append(one.method)
    return "; ".join(
        f"{', '.join(names)} (step {step} of {answer.steps})" for step, names in at.items()
    )


def _size(difference: Estimate) -> Estimate:
    """Returns a difference that excludes zero as a positive one."""
    value, low, high = difference.value, difference.low, difference.high
    assert value is not None and low is not None and high is not None
    if value > 0:
        return difference
    return difference.model_copy(update={"value": -value, "low": -high, "high": -low})


def _interval(estimate: Estimate, *, sign: bool = False) -> str:
    if estimate.value is None:
        return "undefined"
    form = "+.3f" if sign else ".3f"
    if estimate.low is None or estimate.high is None:
        return format(estimate.value, form)
    return f"{estimate.value:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"
