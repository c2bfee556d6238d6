"""All searches of a plan, and the plan that their choices make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from medpeft_sdk.errors import PluginError
from medpeft_sdk.execution.choice import choose, is_over
from medpeft_sdk.planning import Bundle, Plan, PlannedCell, PlannedSearch
from medpeft_sdk.results import SearchStore
from medpeft_sdk.units import counted


def unfinished(plan: Plan, store: SearchStore) -> list[Bundle]:
    """Returns the searches of a plan that have trials to run."""
    found: list[Bundle] = []
    for bundle in plan.searches():
        left = tuple(s for s in bundle.cells if trials_left(s, store))
        if left:
            found.append(replace(bundle, cells=left))
    return found


def trials_left(planned: PlannedCell, store: SearchStore) -> int:
    """Counts the trials that a search has to run; 0 for what is no search."""
    if not isinstance(planned, PlannedSearch):
        return 0
    trials = store.trials(planned.id)
    return 0 if is_over(trials, planned.trials) else planned.trials - len(trials)


def chosen(plan: Plan, store: SearchStore) -> Plan:
    """Gives the cells of a plan what the searches that are over chose."""
    values = {
        planned.search.id: choose(planned.search.spec, store.trials(planned.id), planned.trials)
        for bundle in plan.searches()
        for planned in bundle.cells
        if isinstance(planned, PlannedSearch)
        and planned.search is not None
        and not trials_left(planned, store)
    }
    return plan.choose(values)


def search_all(
    plan: Plan, store: SearchStore, run: Callable[[list[Bundle]], None], *, executor: str
) -> None:
    """Runs all searches to their ends, those again whose worker died at a trial.

    Args:
        plan: The plan.
        store: Where the trials are.
        run: Runs bundles of searches.
        executor: The name of what runs them.

    Raises:
        PluginError: The executor returned, and no search has come any further.
    """
    left = -1
    while waiting := unfinished(plan, store):
        before, left = left, sum(trials_left(s, store) for b in waiting for s in b.cells)
        if left == before:
            raise PluginError(
                f"the executor '{executor}' left {counted(left, 'trial')} undone",
                where=f"--executor {executor}",
                expected="an executor that hands every cell of its bundles to a Worker",
                mend="--executor serial runs the same searches without it",
            )
        run(waiting)
