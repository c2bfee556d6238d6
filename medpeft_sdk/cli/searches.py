"""What ``medpeft results search`` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from medpeft_sdk.analysis import Searched, best_so_far
from medpeft_sdk.cli.console import err, out, print_table
from medpeft_sdk.specs import LEARNING_RATE, Scalar, TrialSpec


def search_data(searches: Sequence[Searched], higher_is_better: Mapping[str, bool]) -> Any:
    """Gathers searches with all their trials, and the best so far by method."""
    return {
        "searches": [
            {
                "search_id": found.id,
                "method": found.spec.method,
                "dataset": found.spec.dataset.name,
                "fraction": str(found.spec.subset),
                "backbone": found.spec.backbone.name,
                "metric": found.spec.selection_metric,
                "pruning": found.spec.pruning,
                "best": found.best and found.best.number,
                "asked": found.asked,
                "gap": found.gap,
                "trials": [
                    t.model_dump(mode="json", exclude={"search", "environment"})
                    | {"score": _score(t, found, higher_is_better)}
                    for t in found.trials
                ],
            }
            for found in searches
        ],
        "best_so_far": [asdict(line) for line in best_so_far(searches, higher_is_better)],
    }


def print_searches(searches: Sequence[Searched], higher_is_better: Mapping[str, bool]) -> None:
    """Prints a table for each dataset and backbone, and what was chosen below it."""
    tables: dict[tuple[str, ...], list[Searched]] = {}
    for found in searches:
        spec = found.spec
        synthetic = " (synthetic images)" if any(t.synthetic for t in found.trials) else ""
        key = (f"{spec.dataset.name}{synthetic}", spec.backbone.name, spec.selection_metric)
        tables.setdefault(key, []).append(found)
    for (dataset, backbone, metric), rows in tables.items():
        print_table(
            f"{dataset} · {backbone} · {metric} on validation",
            ("data", "method", ">trials", ">defaults", ">best", ">at", ">learning rate"),
            [_row(found, higher_is_better) for found in rows],
        )
        for found in rows:
            out.print(f" {_note(found)}", soft_wrap=True)
        for found in rows:
            if found.gap:
                where = f"{found.spec.method}, {dataset} · {backbone} · {found.spec.subset}"
                out.print(f" missing: {where}: {found.gap}", soft_wrap=True)
    err.print(
        "at: the trial that was the best, from 1; the first has the defaults. These scores chose "
        "the\nhyperparameters, so they are too good; those of medpeft results show are not."
        if searches
        else "there are no searches: the results are not of the ruleset tuned",
        style="dim",
        soft_wrap=True,
    )


def _row(found: Searched, higher_is_better: Mapping[str, bool]) -> tuple[object, ...]:
    best = found.best
    first = found.trials[0] if found.trials else None
    values = best.values if best else found.spec.first
    return (
        str(found.spec.subset),
        found.spec.method,
        f"{len(found.trials)} of {found.asked}" if found.gap else len(found.trials),
        _number(first and _score(first, found, higher_is_better)),
        _number(best and _score(best, found, higher_is_better)),
        best.number + 1 if best else "—",
        _text(values.get(LEARNING_RATE.name, found.spec.learning_rate)),
    )


def _note(found: Searched) -> str:
    """Says what was chosen besides the learning rate, and how many trials have no full score."""
    best = found.best
    values = best.values if best else found.spec.first
    chosen = [f"{k} = {_text(v)}" for k, v in values.items() if k != LEARNING_RATE.name]
    ended = Counter(t.status for t in found.trials if t.status != "ok")
    counts = [f"{n} {status}" for status, n in ended.items()]
    return f"{found.spec.subset} {found.spec.method}: {', '.join([*chosen, *counts]) or 'all ok'}"


def _score(trial: TrialSpec, found: Searched, higher_is_better: Mapping[str, bool]) -> float | None:
    if trial.score is None or higher_is_better.get(found.spec.selection_metric, True):
        return trial.score
    return -trial.score


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _text(value: Scalar) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value)
