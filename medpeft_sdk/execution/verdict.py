"""Who stops at a rung: those who cannot catch up, then those whom the budget does not carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from medpeft_sdk.evaluation import RESAMPLES, Metric, Predictions
from medpeft_sdk.evaluation.estimate import as_estimate, point, replicates
from medpeft_sdk.execution.course import Course
from medpeft_sdk.specs import Estimate


def behind_leader(
    validated: Mapping[str, Predictions],
    leader: str,
    metric: Metric,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Estimates how far each method is behind the leader on the validation split.

    Groups of samples are resampled, the same for all. The intervals are Bonferroni's: all of them
    together hold with 95 %.

    Args:
        validated: Predictions by method, the leader's among them.
        leader: The method to compare with.
        metric: The metric; where lower is better, the sign is turned.
        resamples: Bootstrap resamples.
        seed: Equal seeds give equal intervals.

    Returns:
        By method, the leader left out; positive is better than the leader.
    """
    others = [name for name in validated if name != leader]
    if not others:
        return {}
    sign = 1.0 if metric.spec.higher_is_better else -1.0
    runs = [validated[name] for name in (leader, *others)]
    drawn = sign * replicates(runs, {"": metric}, resamples=resamples, seed=seed)[""]
    values = [sign * point(metric, run) for run in runs]
    return {
        name: as_estimate(
            values[at] - values[0],
            drawn[:, at] - drawn[:, 0],
            n=len(runs[0]),
            comparisons=len(others),
        )
        for at, name in enumerate(others, start=1)
    }


def cannot_catch_up(behind: Estimate | None, gained: float | None, doublings: float) -> bool:
    """Tells whether a method stays behind the leader, however well it goes on.

    Learning curves flatten: with each doubling of the steps less is gained. So a method is not
    expected to gain more at any doubling to come than at the last one, while the leader, whose
    best step counts, loses nothing.

    Args:
        behind: The difference to the leader.
        gained: What the last doubling brought; ``None`` where there was none to see, and
            everything can still happen.
        doublings: How many are left.
    """
    if behind is None or behind.high is None or gained is None:
        return False
    return behind.high + gained * doublings < 0


def affordable(
    ranked: Sequence[str],
    sure: Sequence[str],
    prices: Mapping[str, float],
    left: float,
    course: Course,
    look: int,
) -> set[str]:
    """Returns who can go on with what is left of the budget.

    What the sure ones need up to the end is set aside. The rest is shared equally among the
    stretches to come, as successive halving does it, and the best go on as far as a share lasts.

    Args:
        ranked: The methods in the race, best first.
        sure: Those of them that go on in any case.
        prices: What a step of each costs.
        left: Of the budget, in the unit of the prices.
        course: Its rungs, and the steps in between.
        look: That of the rung that was reached.
    """
    rungs = course.rungs
    ahead = rungs[rungs.index(look) + 1 :]
    share = (left - sum(prices[name] * course.rest(look) for name in sure)) / len(ahead)
    stretch = course.rest(look) - (course.rest(ahead[0]) if len(ahead) > 1 else 0)
    going = set(sure)
    for name in ranked:
        if name in going:
            continue
        share -= prices[name] * stretch
        if share < 0:
            break
        going.add(name)
    return going
