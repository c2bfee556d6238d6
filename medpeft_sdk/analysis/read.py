"""From a results folder to a table of scores that knows its errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from medpeft_sdk.analysis.collect import collect
from medpeft_sdk.analysis.cost import find_answers
from medpeft_sdk.analysis.draws import with_draws
from medpeft_sdk.analysis.scores import Scores
from medpeft_sdk.evaluation import RESAMPLES, Metric
from medpeft_sdk.results import ResultStore
from medpeft_sdk.specs import ResultSpec

UNSCORED = ("training", "subgroups", "costs")
"""Fields of results that no score, ranking or comparison reads, and most of what results say."""


def read_scores(
    store: ResultStore,
    metric: Metric,
    *,
    results: Iterable[ResultSpec] | None = None,
    methods: Sequence[str] = (),
    backbone: str | None = None,
    fraction: str | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Scores:
    """Reads one metric of a results folder, and what it would be with other patients.

    Of very many results, read what is needed and once for all metrics, and give it here:
    ``results, damaged = store.sound_and_damaged(without=UNSCORED)``, with ``metrics=`` the names
    of those that are looked at. What takes long then is resampling, some hundredths of a second
    a result: choose ``methods`` or results, or do without.

    Args:
        store: The folder.
        metric: The metric.
        results: Results of the folder to look at; all if ``None``.
        methods: Methods to keep; all if there are none.
        backbone: The backbone to keep; all if ``None``.
        fraction: The subset to keep, such as ``16shot``; all if ``None``.
        resamples: Bootstrap resamples of the predictions; 0 reads none, which is quick, and
            leaves errors that do not cover patients.
        seed: Equal seeds give equal resamples.

    Raises:
        DataError: As `collect` and `with_draws` raise it.
        StoreError: The protocol or predictions are missing or altered.
        UnknownNameError: A method, the backbone or the subset has no results.
    """
    found = list(store.results() if results is None else results)
    protocol = store.read_protocol(found[0].protocol.hash) if found else None
    scores = collect(found, metric.spec, protocol=protocol)
    if methods:
        scores = scores.only(methods)
    if backbone is not None:
        scores = scores.on(backbone)
    if fraction is not None:
        scores = scores.with_data(fraction)
    if not resamples:
        return scores
    kept = [answer.result for answer in find_answers(scores, found)]
    return with_draws(scores, store, kept, metric, resamples=resamples, seed=seed)
