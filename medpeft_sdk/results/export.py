"""Rows as text for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

from medpeft_sdk.errors import unknown_name
from medpeft_sdk.results.latex import to_latex
from medpeft_sdk.results.rows import row
from medpeft_sdk.results.summary import by_protocol, summarise
from medpeft_sdk.specs import ResultSpec

Format = Literal["csv", "json", "latex"]
FORMATS: tuple[Format, ...] = ("csv", "json", "latex")


def export_text(
    results: Iterable[ResultSpec],
    format: str,
    *,
    metric: str | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> str:
    """Writes results as ``csv`` or ``json`` (a row a cell) or ``latex`` (a row a method).

    In LaTeX, each protocol has a table of its own.

    Args:
        results: The results.
        format: One of `FORMATS`.
        metric: The metric of the LaTeX table; the first one if ``None``.
        ranges: As `summarise` takes them; for LaTeX.

    Raises:
        UnknownNameError: There is no such format or metric.
    """
    if format == "latex":
        return "\n".join(
            f"% {protocol}\n{to_latex(summarise(found, ranges=ranges), metric=metric)}"
            for protocol, found in (by_protocol(results) or {"no results": []}).items()
        )
    rows = [row(r) for r in results]
    if format == "csv":
        return to_csv(rows)
    if format == "json":
        return to_json(rows)
    raise unknown_name("format", format, FORMATS)


def to_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Writes one object whose ``results`` are the rows."""
    return json.dumps({"results": rows}, indent=2, ensure_ascii=False) + "\n"


def to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Writes a line a cell with a header; an empty field is an undefined value.

    A metric has four columns: its name for the value, ``<name>_low``, ``<name>_high`` and
    ``<name>_n``. Of subgroups there are ``<metric>_gap_<attribute>`` and
    ``<metric>_worst_<attribute>``, each with ``…_low``, ``…_high`` and ``…_n``, and
    ``<metric>_worst_group_<attribute>``. Parameters and costs are ``parameters_<name>`` and
    ``costs_<name>``, with the names of all levels, such as ``costs_phases_train_seconds``;
    hyperparameters are one column of JSON.
    """
    flat = [_flat(r) for r in rows]
    # The columns of a row without an answer are fewer; the fullest row has them in order.
    columns = dict.fromkeys(c for r in sorted(flat, key=len, reverse=True) for c in r)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def _flat(row: Mapping[str, Any]) -> dict[str, object]:
    cells: dict[str, object] = {}
    for name, value in row.items():
        if name == "hyperparameters":
            cells[name] = json.dumps(value)
        elif name == "metrics":
            for metric, estimate in cast("Mapping[str, Mapping[str, object]]", value).items():
                cells |= _columns(metric, estimate)
        elif name == "subgroups":
            for attribute, subgroups in cast("Mapping[str, Mapping[str, Any]]", value).items():
                for metric, disparity in subgroups["disparities"].items():
                    cells |= _columns(f"{metric}_gap_{attribute}", disparity["gap"])
                    cells |= _columns(f"{metric}_worst_{attribute}", disparity["worst"])
                    cells[f"{metric}_worst_group_{attribute}"] = disparity["worst_group"]
        elif name in ("parameters", "costs"):
            cells |= _leaves(name, value)
        else:
            cells[name] = value
    return cells


def _leaves(name: str, value: object) -> dict[str, object]:
    """Names what stands at the ends of nested data; what is not there has no column."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        return {name: value}
    parts = cast("Mapping[str, object]", value)
    return {
        k: v for part, inner in parts.items() for k, v in _leaves(f"{name}_{part}", inner).items()
    }


def _columns(name: str, estimate: Mapping[str, object]) -> dict[str, object]:
    """Names the parts of an estimate; a reason has a column only where there is one."""
    return {
        name if part == "value" else f"{name}_{part}": number
        for part, number in estimate.items()
        if part != "reason" or number is not None
    }
