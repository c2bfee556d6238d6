"""Which results may stand in one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from medpeft_sdk.analysis.scores import place
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import ResultSpec


def check_comparable(results: Sequence[ResultSpec]) -> None:
    """Raises `DataError` unless numbers of these results may stand in one table."""
    if not results:
        raise DataError("there are no results to compare", expected="at least one result")
    runs = {(r.protocol.name, r.protocol.ruleset, r.protocol.hash[:8]) for r in results}
    if len(runs) > 1:
        raise DataError(
            "results of several protocols or rulesets are never mixed in one comparison",
            where="\n".join(f"{name}, ruleset {rules}, {sha}" for name, rules, sha in sorted(runs)),
            expected="results of one protocol under one ruleset",
            mend="choose the results of one; of_protocol does",
        )
    refs = (r.cell.dataset for r in results)
    datasets = ((ref.name, f"{ref.fingerprint} {ref.content}") for ref in refs)
    backbones = ((r.cell.backbone.name, r.cell.backbone.weights or "") for r in results)
    _check_one_version("dataset", "samples and images", datasets)
    _check_one_version("backbone", "weights", backbones)
    place_of_most, count = Counter(map(place, results)).most_common(1)[0]
    if count > 1:
        method, dataset, condition, seed = place_of_most
        raise DataError(
            f"'{method}' has several results for seed {seed} of one setting",
            where=f"{dataset}, {condition.fraction}, {condition.backbone}",
            expected="one choice of hyperparameters and learning rate a method",
            mend="keep runs with other hyperparameters in another folder",
        )


def _check_one_version(kind: str, content: str, found: Iterable[tuple[str, str]]) -> None:
    """Raises `DataError` where one name stands for several things."""
    versions = Counter(name for name, _ in set(found))
    if several := sorted(name for name, count in versions.items() if count > 1):
        raise DataError(
            f"the {kind} '{several[0]}' does not have the same {content} in all results",
            expected=f"one version of each {kind} in a comparison",
            mend="run all methods again on one version, into a new folder",
        )
