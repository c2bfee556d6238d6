"""What searches found, and how soon: methods differ in what a trial more is worth to them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from medpeft_sdk.errors import StoreError
from medpeft_sdk.execution.choice import is_over, quality
from medpeft_sdk.results import ResultStore, SearchStore
from medpeft_sdk.specs import CellSpec, Pruning, ResultSpec, SearchSpec, TrialSpec


@dataclass(frozen=True)
class Searched:
    """A search and its trials so far, in their order.

    Attributes:
        asked: How many trials the ruleset of its cells asks for; ``None`` where there is no cell.
    """

    id: str
    spec: SearchSpec
    trials: tuple[TrialSpec, ...]
    asked: int | None = None

    @property
    def best(self) -> TrialSpec | None:
        """The best trial, which a cell under as many trials has the values of; the first of equal.

        ``None`` where no trial came to its end.
        """
        return max((t for t in self.trials if t.status == "ok"), key=quality, default=None)

    @property
    def gap(self) -> str | None:
        """Says that trials are missing which its cells were chosen by; ``None`` where none is."""
        if self.asked is None or is_over(self.trials, self.asked):
            return None
        return (
            f"{len(self.trials)} of {self.asked} trials can be read; the best of them may not be "
            "the one that the cells have the values of"
        )


@dataclass(frozen=True)
class BestSoFar:
    """The best validation score after each trial, over the searches of one method.

    Element ``k`` of each tuple is about the first ``k + 1`` trials. Only trials that came to
    their end count, for no other can be chosen.

    Attributes:
        method: Name of the method.
        metric: What validation went by.
        searches: How many searches the numbers are over; each ends where the shortest does.
        median: Median over the searches; ``None`` while half of them have found nothing.
        low: The worst search; ``None`` while one has found nothing.
        high: The best search; ``None`` while none has found anything.
        steps: Median of the optimiser steps spent, which pruning saves some of.
    """

    method: str
    metric: str
    searches: int
    median: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    steps: tuple[float, ...]


def read_searches(store: ResultStore) -> tuple[Searched, ...]:
    """Reads all searches of a results folder; none where its results are not tuned.

    Raises:
        StoreError: The folder is no store, or a search or trial is damaged.
    """
    results, _ = store.sound_and_damaged(without=("training", "subgroups"))
    searches, damaged = sound_searches(store, results)
    if damaged:
        raise damaged[0]
    return searches


def sound_searches(
    store: ResultStore, results: Iterable[ResultSpec]
) -> tuple[tuple[Searched, ...], list[StoreError]]:
    """Reads what is whole of all searches, and says what is wrong with the rest.

    A search has the trials before its first that is missing or damaged.

    Args:
        store: The folder.
        results: Those of the folder, which tell how many trials there should be.
    """
    searches, asked = SearchStore(store.folder), _asked(results)
    found: list[Searched] = []
    damaged: list[StoreError] = []
    for search_id in searches.ids():
        try:
            spec = searches.read(search_id)
        except StoreError as error:
            damaged.append(error)
            continue
        trials, error = searches.sound_trials(search_id)
        damaged += [error] if error else []
        found.append(
            Searched(search_id, spec, tuple(trials), asked.get(_setting(spec, spec.pruning)))
        )
    return tuple(sorted(found, key=_order)), damaged


def best_so_far(
    searches: Iterable[Searched], higher_is_better: Mapping[str, bool] | None = None
) -> tuple[BestSoFar, ...]:
    """Follows the best validation score of each method from trial to trial.

    Args:
        searches: From `read_searches`; to be compared, methods must have the same datasets,
            subsets and backbones.
        higher_is_better: Metrics by name; one that is not named should be high.

    Returns:
        For each method and metric, in the order of their names.
    """
    groups: dict[tuple[str, str], list[Searched]] = {}
    for search in searches:
        if search.trials:
            groups.setdefault((search.spec.method, search.spec.selection_metric), []).append(search)
    higher = higher_is_better or {}
    return tuple(
        _follow(method, metric, group, 1.0 if higher.get(metric, True) else -1.0)
        for (method, metric), group in sorted(groups.items())
    )


def _follow(method: str, metric: str, searches: list[Searched], sign: float) -> BestSoFar:
    """Works on scores whose sign is turned where they should be low, and turns it back."""
    bests = list(zip(*(_bests(search) for search in searches), strict=False))
    spent = zip(*(accumulate(t.steps for t in s.trials) for s in searches), strict=False)

    def told(value: float) -> float | None:
        return sign * value if math.isfinite(value) else None

    return BestSoFar(
        method=method,
        metric=metric,
        searches=len(searches),
        median=tuple(told(statistics.median(values)) for values in bests),
        low=tuple(told(min(values)) for values in bests),
        high=tuple(told(max(values)) for values in bests),
        steps=tuple(statistics.median(steps) for steps in spent),
    )


def _bests(search: Searched) -> Iterable[float]:
    scores = (
        t.score if t.status == "ok" and t.score is not None else -math.inf for t in search.trials
    )
    return accumulate(scores, max)


def _asked(results: Iterable[ResultSpec]) -> dict[tuple[object, ...], int]:
    """Returns the trials that cells ask for, by their settings; the most, where they differ."""
    found: dict[tuple[object, ...], int] = {}
    for cell in (result.cell for result in results):
        if cell.tuning is not None:
            setting = _setting(cell, cell.tuning.pruning)
            found[setting] = max(found.get(setting, 0), cell.tuning.trials)
    return found


def _setting(of: CellSpec | SearchSpec, pruning: Pruning) -> tuple[object, ...]:
    return of.dataset, of.subset, of.backbone, of.method, of.selection_metric, pruning


def _order(search: Searched) -> tuple[object, ...]:
    spec = search.spec
    shots = str(spec.subset).removesuffix("shot")
    few_first = (shots == str(spec.subset), float(shots.removesuffix("%")))
    return spec.dataset.name, spec.backbone.name, few_first, spec.method, search.id
