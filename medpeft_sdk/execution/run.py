"""A run: finished cells are left alone, images are decoded once, an executor does the rest.

Under the ruleset ``tuned``, searches come first, and cells are what they chose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from medpeft_sdk.errors import MedpeftError, PluginError
from medpeft_sdk.execution.decode import decode
from medpeft_sdk.execution.job import Event, Executor, OnDecode, OnEvent, RunSettings
from medpeft_sdk.execution.journal import check_no_race
from medpeft_sdk.execution.outcome import write_unrun
from medpeft_sdk.execution.searches import chosen, search_all
from medpeft_sdk.planning import IDENTITY_VERSION, Bundle, Plan
from medpeft_sdk.registry import Registry
from medpeft_sdk.results import ResultStore, SearchStore
from medpeft_sdk.specs import Origin, ResultSpec


@dataclass(frozen=True)
class Run:
    """What a run came to.

    Attributes:
        results: One for each planned cell, in the order of the plan.
        repeated: How many of them an earlier run had finished.
    """

    results: tuple[ResultSpec, ...]
    repeated: int


def execute(
    plan: Plan,
    settings: RunSettings,
    registry: Registry,
    *,
    executor: str,
    workers: int,
    on_event: OnEvent,
    on_decode: OnDecode,
) -> Run:
    """Runs all searches and cells of a plan that the results folder does not hold yet.

    Raises:
        MedpeftError: Something that the user must mend; all finished cells are kept.
    """
    entry = registry.executors.get(executor, where="--executor")
    runner: Executor = entry.load()(entry.spec)
    store = ResultStore(Path(settings.output), IDENTITY_VERSION)
    check_no_race(store.folder)
    store.create()
    store.write_protocol(plan.protocol, settings.protocol.hash)
    searches = SearchStore(store.folder)

    def run(bundles: list[Bundle]) -> None:
        decode(bundles, settings, registry, on_decode)
        _run(runner, bundles, settings, entry.origin, workers=workers, on_event=on_event)

    search_all(plan, searches, run, executor=executor)
    plan = chosen(plan, searches)
    finished = store.finished()
    waiting: list[Bundle] = []
    for bundle in plan.bundles:
        left = [c for c in bundle.cells if c.id not in finished]
        for cell in left:
            if cell.unsupported:
                row = write_unrun(bundle, cell, settings, "unsupported", cell.unsupported)
                on_event(Event("finished", 0, cell, result=row))
        runnable = tuple(c for c in left if not c.unsupported)
        if runnable:
            waiting.append(replace(bundle, cells=runnable))
    if waiting:
        run(waiting)
    return Run(
        results=tuple(store.read(cell.id) for cell in plan.cells),
        repeated=sum(cell.id in finished for cell in plan.cells),
    )


def _run(
    runner: Executor,
    bundles: list[Bundle],
    settings: RunSettings,
    origin: Origin,
    *,
    workers: int,
    on_event: OnEvent,
) -> None:
    try:
        runner.run(bundles, settings, workers=workers, on_event=on_event)
    except (MedpeftError, KeyboardInterrupt):
        raise
    # An executor may be anybody's and raise anything.
    except Exception as error:
        raise PluginError(
            f"the executor '{runner.spec.name}' failed: {type(error).__name__}: {error}",
            where=f"{origin.distribution} {origin.version}",
            mend="--executor serial runs the same cells without it; finished ones are kept",
        ) from error
