"""What ``medpeft results rank`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import prod
from textwrap import wrap
from typing import Any

from medpeft_sdk.analysis import (
    Difference,
    Gap,
    Scores,
    Student,
    differences,
    letters,
    rank,
    standing,
    ties,
)
from medpeft_sdk.analysis.missing import Missing, missing
from medpeft_sdk.analysis.pooled import SOURCES
from medpeft_sdk.cli.console import err, interval_text, out, print_table
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import Estimate
from medpeft_sdk.units import counted

_AXES = ("dataset", "backbone", "fraction")
_LETTERS = 5
"""Letters of groups in a line of the table; among many methods one is in many groups."""


def ranking_data(scores: Scores, reference: str) -> dict[str, Any]:
    """Gathers what the statistics say, as plain data that JSON can hold.

    Returns:
        ``metric``, ``reference``, ``methods`` (best first: ``mean``, ``group`` letters, and
        ``difference`` to the reference), ``groups``, how many ``pairs`` these compare and how
        many of them are ``untested_pairs``, ``ranks`` (or the ``reason`` why there are none),
        ``datasets``, ``runs`` a method that all have of the ``meant_runs``, ``left_out`` (methods
        without an answer on some backbone), ``few_patients`` (datasets with too few test patients
        for a claim, and how many they have), and ``gaps``.

    Raises:
        DataError: There is no run that all methods have.
        UnknownNameError: The reference has no results.
    """
    found, tied = standing(scores), ties(scores)
    named = letters(found.methods, tied.groups)
    ranked = scores.only(found.methods)
    compared = differences(ranked, reference) if reference in found.methods else ()
    versus = {difference.a: difference for difference in compared}
    span = scores.difference_range
    return {
        "metric": scores.metric,
        "reference": reference,
        "datasets": list(found.datasets),
        "runs": found.runs,
        "meant_runs": found.meant,
        "left_out": list(found.left_out),
        "few_patients": scores.few_units,
        "methods": [
            {
                "method": method,
                "mean": float(mean),
                "group": named[method],
                "difference": _difference(versus[method], span) if method in versus else None,
            }
            for method, mean in zip(found.methods, found.values.mean(axis=0), strict=True)
        ],
        "groups": [list(group) for group in tied.groups],
        "pairs": len(tied.pairs),
        "untested_pairs": tied.untested,
        "ranks": _ranks(scores),
        "gaps": [asdict(gap) for gap in scores.gaps],
    }


def print_ranking(data: dict[str, Any], gaps: Sequence[Gap]) -> None:
    """Prints `ranking_data` as a table, with what a reader has to know below it."""
    ranks = data["ranks"]
    of = dict(zip(ranks.get("methods", ()), ranks.get("ranks", ()), strict=True))
    columns = ["method", ">mean", ">group", *([">rank"] if of else [])]
    columns += [f">minus {data['reference']}\n[95 %]", ">better", ">p Holm"]
    runs = runs_text(data["runs"], data["meant_runs"])
    print_table(
        f"{data['metric']}: {runs} on {', '.join(data['datasets'])}",
        columns,
        [
            (
                row["method"],
                f"{row['mean']:.3f}",
                "\n".join(wrap(row["group"], _LETTERS)),
                *([f"{of[row['method']]:.1f}"] if of else []),
                *_cells(row["difference"]),
            )
            for row in data["methods"]
        ],
    )
    told = (*_left_out(data), *_sizes(data), *_rank_lines(ranks), *_caveats(data))
    for line in (*told, *gap_lines(gaps)):
        out.print(f" {line}", soft_wrap=True)
    untested = any(row["difference"] and row["difference"]["untested"] for row in data["methods"])
    err.print(
        "Methods that share a letter cannot be told apart on these datasets (all pairs, Holm, "
        "5 %);\n~22: not from 22 others, where letters are too few. better: probability of being "
        "better\nthan the reference. n: seeds × patients, or × images where patients are not "
        "known,\nof all datasets together. p Holm: of the comparisons with the reference alone, "
        "which are fewer\nthan all pairs, so that it can be small where a letter is shared."
        + ("\n1 seed: one in common, though there are more." if untested else ""),
        style="dim",
        soft_wrap=True,
    )


def _difference(difference: Difference, span: tuple[float, float] | None) -> dict[str, Any]:
    mean = difference.mean
    return {
        **_student(mean.here, span),
        "probability": difference.probability,
        "p_holm": difference.p_holm,
        "untested": difference.untested,
        "covers": list(mean.covers),
        "cannot_cover": list(mean.cannot_cover),
        "elsewhere": mean.elsewhere and _student(mean.elsewhere, span),
        "datasets": mean.datasets,
        "runs": difference.runs,
        "seeds": mean.seeds,
        "patients": mean.patients,
    }


def _student(estimate: Student, span: tuple[float, float] | None) -> dict[str, Any]:
    low, high = estimate.interval(within=span) or (None, None)
    return {"value": estimate.value, "low": low, "high": high}


def _ranks(scores: Scores) -> dict[str, Any]:
    try:
        return asdict(rank(scores))
    except DataError as error:
        return {"reason": error.what}


def _cells(difference: dict[str, Any] | None) -> tuple[str, ...]:
    if difference is None:
        return ("—",) * 3
    ends = {name: difference[name] for name in ("value", "low", "high")}
    estimate = Estimate(**ends, n=difference["patients"])
    return (
        interval_text(estimate, sign=True),
        _probability(difference["probability"]),
        "1 seed" if difference["untested"] else _number(difference["p_holm"]),
    )


def runs_text(shared: int, meant: int) -> str:
    """Says how many runs of each method a table is of."""
    if shared == meant:
        return f"{counted(meant, 'run')} a method"
    return f"{shared} of {counted(meant, 'run')} a method, which all have,"


def left_out_lines(methods: Sequence[str]) -> list[str]:
    """Names the methods that are not in a table over all backbones, if any."""
    if not methods:
        return []
    return [
        f"left out: {', '.join(methods)}, without an answer on some backbone; --backbone NAME has "
        "the methods of one"
    ]


def _left_out(data: dict[str, Any]) -> list[str]:
    lines = left_out_lines(data["left_out"])
    if data["reference"] not in {row["method"] for row in data["methods"]}:
        lines.append(f"no differences: {data['reference']} is not among the ranked methods")
    return lines


def _sizes(data: dict[str, Any]) -> list[str]:
    """Says how much each difference rests on, once for all methods alike."""
    methods: dict[str, list[str]] = {}
    for row in data["methods"]:
        if found := row["difference"]:
            methods.setdefault(f"{found['seeds']} × {found['patients']:,}", []).append(
                row["method"]
            )
    if len(methods) == 1:
        return [f"n: {next(iter(methods))}"]
    return [f"n of {', '.join(names)}: {size}" for size, names in methods.items()]


def _probability(value: float | None) -> str:
    return ">0.999" if value is not None and value > 0.999 else _number(value)


def _number(value: float | None) -> str:
    if value is None:
        return "—"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _rank_lines(ranks: dict[str, Any]) -> list[str]:
    if "reason" in ranks:
        return [f"no ranks: {ranks['reason']}"]
    lines = [f"average ranks over {len(ranks['datasets'])} datasets"]
    if ranks["friedman_p"] is not None:
        lines[0] += f"; Friedman's p {_number(ranks['friedman_p'])}"
    lines[0] += f"; critical difference (Nemenyi) {ranks['critical_difference']:.2f}"
    if ranks["smallest_p"] >= 1 - ranks["level"]:
        lines.append("too few datasets for ranks to tell any two methods apart")
    return lines


def _caveats(data: dict[str, Any]) -> list[str]:
    rows = {row["method"]: row["difference"] for row in data["methods"] if row["difference"]}
    found: dict[tuple[str, ...], list[str]] = {}
    for source in SOURCES:
        lacking = tuple(m for m, row in rows.items() if source in row["cannot_cover"])
        found.setdefault(lacking, []).append(source)
    lines = [_not_covered(m, sources, len(rows)) for m, sources in found.items() if m]
    tested = any(row["p_holm"] is not None for row in rows.values())
    if tested and all("seeds" in row["cannot_cover"] for row in rows.values()):
        lines.append("one seed: p-values and groups hold for these trained networks alone")
    if wider := [m for m, row in rows.items() if row["runs"] != data["runs"]]:
        lines.append(
            f"minus {data['reference']}, {', '.join(wider)}: over all runs that the two have, more "
            "than the means are of"
        )
    if few := data["few_patients"]:
        told = ", ".join(f"{name} ({units})" for name, units in few.items())
        lines.append(f"few test patients: {told}; a single one can move an AUROC by a tenth")
    if untested := data["untested_pairs"]:
        lines.append(
            f"{untested} of {counted(data['pairs'], 'pair')} of methods have one seed in common "
            "on a dataset, although there are several: they share a letter, for nothing can be "
            "tested"
        )
    return lines


def _not_covered(methods: Sequence[str], sources: Sequence[str], of: int) -> str:
    told = " or ".join(sources)
    if len(methods) == of:
        return f"no interval covers {told}"
    if len(methods) == 1:
        return f"the interval of {methods[0]} does not cover {told}"
    return f"the intervals of {', '.join(methods)} do not cover {told}"


def gap_lines(gaps: Sequence[Gap]) -> list[str]:
    """Names what is missing, as few lines as are true; --json has every cell."""
    places: dict[tuple[str, str], list[Missing]] = {}
    for found in missing(gaps):
        places.setdefault((found.method, found.reason), []).append(found)
    methods: dict[tuple[str, int, str], list[str]] = {}
    for (method, reason), found in places.items():
        for grid in _grids(found, _AXES):
            cells = sum(len(m.seeds) for m in grid)
            methods.setdefault((_where(grid), cells, reason), []).append(method)
    return [
        f"missing: {', '.join(names)}, {where} "
        f"({counted(cells, 'cell')}{' each' * (len(names) > 1)}): {reason}"
        for (where, cells, reason), names in methods.items()
    ]


def _grids(found: list[Missing], axes: tuple[str, ...]) -> list[list[Missing]]:
    """Parts what is missing until each part is all that its names have in common."""
    whole = prod(len({getattr(m, axis) for m in found}) for axis in _AXES)
    if not axes or (whole == len(found) and len({m.seeds for m in found}) == 1):
        return [found]
    parts: dict[str, list[Missing]] = {}
    for m in found:
        parts.setdefault(getattr(m, axes[0]), []).append(m)
    return [grid for part in parts.values() for grid in _grids(part, axes[1:])]


def _where(found: Sequence[Missing]) -> str:
    told = [", ".join(dict.fromkeys(getattr(m, axis) for m in found)) for axis in _AXES]
    return f"{' · '.join(told)} · seed {', '.join(map(str, found[0].seeds))}"
