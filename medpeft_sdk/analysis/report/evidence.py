"""All that a report is made of, gathered once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from medpeft_sdk.analysis.gains import Gain, gains
from medpeft_sdk.analysis.protocols import of_protocol
from medpeft_sdk.analysis.read import read_scores
from medpeft_sdk.analysis.reference import choose_reference
from medpeft_sdk.analysis.report.compared import Compared, attempt, compare_all
from medpeft_sdk.analysis.report.parts import Absent
from medpeft_sdk.analysis.scores import Scores
from medpeft_sdk.analysis.searches import BestSoFar, Searched, best_so_far, sound_searches
from medpeft_sdk.evaluation import RESAMPLES, Metric
from medpeft_sdk.registry import Registry
from medpeft_sdk.results import ResultStore, Summary, no_results, summarise
from medpeft_sdk.results.collection import no_collection
from medpeft_sdk.results.columns import GROUPS
from medpeft_sdk.results.survey import OnRead
from medpeft_sdk.specs import MethodSpec, MetricSpec, ProtocolSpec, ResultSpec

MOST_PREDICTIONS = 5_000
"""Cells up to which predictions are read: each is a file and a bootstrap of its own."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Results, and what the statistics say of them.

    Attributes:
        results: All that could be read.
        damaged: What is wrong with the others.
        protocol: The protocol that all results were made under.
        metric: The metric that methods are compared by.
        metrics: What is known of each metric of the protocol.
        specs: What is known of each method; one whose plugin is not installed is not there.
        scores: The metric, cell by cell, with the gaps.
        reference: The method that differences are to.
        baseline: The method that relative gains are over.
        summaries: Results over seeds.
        overall: How methods compare over all backbones.
        by_backbone: How they compare on each of several backbones; empty where there is one.
        gains: Relative gains over the baseline, by condition.
        searches: Best validation scores so far, where hyperparameters were searched.
        unfinished: The searches that lack trials.
        searched_on: The devices and precisions that searches trained with and no cell did.
        resamples: Bootstrap resamples of the predictions; 0 where these were not read.
    """

    results: Sequence[ResultSpec]
    damaged: tuple[str, ...]
    protocol: ProtocolSpec
    metric: MetricSpec
    metrics: Mapping[str, MetricSpec]
    specs: Mapping[str, MethodSpec]
    scores: Scores
    reference: str
    baseline: str
    summaries: tuple[Summary, ...]
    overall: Compared
    by_backbone: Mapping[str, Compared]
    gains: tuple[Gain, ...] | Absent
    searches: tuple[BestSoFar, ...]
    unfinished: tuple[Searched, ...]
    searched_on: tuple[str, ...]
    resamples: int

    def trainable(self, methods: Collection[str], backbone: str | None = None) -> dict[str, int]:
        """Returns the trainable parameters of each method, on equal ground.

        Args:
            methods: Names of methods.
            backbone: The backbone that is meant; any if ``None``.

        Returns:
            The most in any of the settings in which all of them have an answer, because classes
            and backbones differ in size; empty where there is no such setting.
        """
        found: dict[tuple[str, ...], dict[str, int]] = {}
        for s in self.summaries:
            if s.parameters and s.method in methods and backbone in (None, s.backbone):
                setting = found.setdefault((s.dataset, s.backbone, s.fraction), {})
                setting[s.method] = max(setting.get(s.method, 0), s.parameters.trainable)
        shared = [setting for setting in found.values() if len(setting) == len(set(methods))]
        return {m: max(setting[m] for setting in shared) for m in methods} if shared else {}


@no_collection()
def gather(
    store: ResultStore,
    registry: Registry,
    *,
    metric: str | None = None,
    reference: str | None = None,
    baseline: str = "full",
    resamples: int | None = None,
    of: str | None = None,
    on_read: OnRead = lambda done, of: None,
) -> Evidence:
    """Reads a results folder and asks the statistics.

    Args:
        store: The folder.
        registry: Knows the metrics.
        metric: The metric to compare methods by; the protocol's first if ``None``.
        reference: The method that differences are to; the protocol's if ``None``.
        baseline: The method that relative gains are over.
        resamples: Bootstrap resamples of the predictions; 0 reads none. ``None`` is the usual
            number, and 0 where there are more than `MOST_PREDICTIONS` cells.
        of: The protocol whose results are meant, as `of_protocol` takes it.
        on_read: Is told how many results have been read, of those that have to be.

    Raises:
        DataError: There are no results, or they cannot stand in one table.
        StoreError: The folder holds no results, or predictions are missing or altered.
        UnknownNameError: There is no such metric, or the reference has no results.
    """
    results, damaged = store.sound_and_damaged(without=("training", GROUPS), on_read=on_read)
    if resamples is None:
        resamples = RESAMPLES if len(results) <= MOST_PREDICTIONS else 0
    if resamples:
        altered = store.altered(results, "predictions.parquet")
        results = [result for result in results if result.cell_id not in altered]
        damaged = [*damaged, *altered.values()]
    if not results:
        raise no_results(store.folder, damaged)
    searched = {result.search for result in results}
    results = of_protocol(results, store, of)
    elsewhere = searched - {result.search for result in results}
    protocol = store.read_protocol(results[0].protocol.hash)
    entry = registry.metrics.get(metric or protocol.metrics[0], where="--metric")
    implementation: Metric = entry.load()(entry.spec)
    scores = read_scores(store, implementation, results=results, resamples=resamples)
    every, unread = sound_searches(store, results)
    searches = [search for search in every if search.id not in elsewhere]
    reference = choose_reference(scores, results, protocol, reference)
    backbones = scores.backbones if len(scores.backbones) > 1 else ()
    known = {entry.spec.name: entry.spec for entry in registry.metrics}
    return Evidence(
        results=results,
        damaged=tuple(map(str, (*damaged, *unread))),
        protocol=protocol,
        metric=entry.spec,
        metrics={name: known[name] for name in protocol.metrics if name in known},
        specs={entry.spec.name: entry.spec for entry in registry.methods},
        scores=scores,
        reference=reference,
        baseline=baseline,
        summaries=summarise(results, ranges={name: spec.range for name, spec in known.items()}),
        overall=compare_all(scores, reference),
        by_backbone={name: compare_all(scores.on(name), reference) for name in backbones},
        gains=_gains(scores, baseline),
        searches=best_so_far(
            searches, {name: spec.higher_is_better for name, spec in known.items()}
        ),
        unfinished=tuple(search for search in searches if search.gap),
        searched_on=_searched_on(searches, results),
        resamples=resamples,
    )


def _searched_on(searches: Sequence[Searched], results: Sequence[ResultSpec]) -> tuple[str, ...]:
    trials = (trial.environment for search in searches for trial in search.trials)
    cells = (result.environment for result in results)
    places, trained = ({f"{e.device} in {e.precision}" for e in found} for found in (trials, cells))
    return tuple(sorted(places - trained))


def _gains(scores: Scores, baseline: str) -> tuple[Gain, ...] | Absent:
    if baseline not in scores.methods:
        return Absent(f"there are no results of {baseline} to compare with")
    return attempt(lambda: gains(scores, reference=baseline))
