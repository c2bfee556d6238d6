"""What ``medpeft results pareto`` prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from medpeft_sdk.analysis import Pareto, Point
from medpeft_sdk.analysis.cost import Unit
from medpeft_sdk.cli.console import err, interval_text, out, print_table
from medpeft_sdk.cli.ranking import gap_lines, left_out_lines, runs_text
from medpeft_sdk.specs import Estimate
from medpeft_sdk.units import human_bytes, human_flops, human_seconds

_AMOUNT: Mapping[Unit, Callable[[float], str]] = {
    "parameters": lambda count: f"{count:,.0f}",
    "bytes": lambda count: human_bytes(round(count)),
    "seconds": human_seconds,
    "operations": human_flops,
}


def pareto_data(found: Pareto) -> dict[str, Any]:
    """Turns the comparison into plain data that JSON can hold.

    Returns:
        ``metric``, ``cost`` (``name``, ``title``, ``unit``), ``methods`` (cheapest first:
        ``score`` with ``value``, ``low`` and ``high``, ``cost``, ``front`` as ``yes``,
        ``perhaps`` or ``no``, ``dominated_by``, ``beaten_by``), ``datasets``, ``runs`` of
        the ``meant_runs``, ``left_out`` (methods without an answer on some backbone) and ``gaps``.
    """
    cost = found.cost
    return {
        "metric": found.metric,
        "cost": {"name": cost.name, "title": cost.title, "unit": cost.unit},
        "methods": [
            {
                "method": point.method,
                "score": _estimate(point, found).model_dump(exclude={"n", "reason"}),
                "cost": point.cost,
                "front": _verdict(point),
                "dominated_by": list(point.dominated_by),
                "beaten_by": list(point.beaten_by),
            }
            for point in found.points
        ],
        "datasets": list(found.datasets),
        "runs": found.runs,
        "meant_runs": found.meant,
        "left_out": list(found.left_out),
        "gaps": [asdict(gap) for gap in found.gaps],
    }


def print_pareto(found: Pareto) -> None:
    """Prints the methods, the cheapest first, with what a reader has to know below them."""
    amount = _AMOUNT[found.cost.unit]
    print_table(
        f"{found.cost.title}; {runs_text(found.runs, found.meant)} on {', '.join(found.datasets)}",
        ("method", f">{found.cost.name}", f">{found.metric} [95 %]", "front", "beaten by"),
        [
            (
                point.method,
                amount(point.cost),
                interval_text(_estimate(point, found)),
                _verdict(point),
                _some(point.beaten_by),
            )
            for point in found.points
        ],
    )
    for line in (*left_out_lines(found.left_out), *gap_lines(found.gaps)):
        out.print(f" {line}", soft_wrap=True)
    if caveat := found.cost.caveat:
        err.print(caveat, style="dim", soft_wrap=True)
    err.print(
        "front: yes, if no method is cheaper and better; perhaps, if one is, but better only by "
        "what may\nbe noise (all pairs, Holm, 5 %). beaten by: no dearer, and better by more.",
        style="dim",
        soft_wrap=True,
    )


def _estimate(point: Point, found: Pareto) -> Estimate:
    low, high = point.score.here.interval(found.level, within=found.range) or (None, None)
    return Estimate(value=point.score.here.value, low=low, high=high, n=point.score.patients)


def _verdict(point: Point) -> str:
    if point.on_front:
        return "yes"
    return "perhaps" if point.perhaps_on_front else "no"


def _some(methods: tuple[str, ...]) -> str:
    more = len(methods) - 1
    return "" if not methods else methods[0] + (f" and {more} more" if more else "")
