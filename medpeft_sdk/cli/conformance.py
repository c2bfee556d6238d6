"""What ``medpeft plugins check`` runs and prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.progress import Progress

from medpeft_sdk.cli.console import err, out, print_json, print_table

if TYPE_CHECKING:
    from medpeft_sdk.testing import Report

_SIGNS = {"pass": "pass", "refused": "—", "fail": "FAIL"}


def run_checks(name: str, networks: Sequence[str], *, json: bool) -> bool:
    """Checks one method or all, prints what came of it, and returns whether nothing failed."""
    from medpeft_sdk.errors import unknown_name
    from medpeft_sdk.registry import load_registry

    # A misspelt method is answered before PyTorch is there.
    methods = load_registry().methods
    names = methods.names if name == "all" else [methods.get(name, where="plugins check").spec.name]

    from medpeft_sdk.testing import NETWORKS, check_method

    for network in networks:
        if network not in NETWORKS:
            raise unknown_name("network of the kit", network, NETWORKS, where="--network")
    reports: list[Report] = []
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("checking", total=len(names))
        for method in names:
            progress.update(task, description=method)
            reports += check_method(method, networks or tuple(NETWORKS))
            progress.advance(task)
    if json:
        print_json({"reports": [_data(report) for report in reports]})
    elif len(names) == 1:
        _print_one(names[0], reports)
    else:
        _print_all(reports)
    return not any(report.failures for report in reports)


def _print_one(name: str, reports: list[Report]) -> None:
    """Prints a line a network, then each failure, then what was not checked."""
    rows = [(r.network or "spec", _SIGNS[r.status], _reason(r)) for r in reports]
    print_table(f"{name}: conformance", ("network", "result", "why"), rows)
    _print_failures(reports)
    skipped: dict[str, list[str]] = {}
    for report in reports:
        for outcome in report.outcomes:
            if outcome.status == "not checked":
                key = f"{outcome.check}: {outcome.reason}"
                skipped.setdefault(key, []).append(report.network or "spec")
    for text, where in skipped.items():
        out.print(f"not checked ({', '.join(where)}): {text}", style="dim")


def _print_all(reports: list[Report]) -> None:
    """Prints a line a method with a column a network, then reasons."""
    networks = list(dict.fromkeys(r.network or "spec" for r in reports))
    by_method: dict[str, dict[str, str]] = {}
    for report in reports:
        by_method.setdefault(report.method, {})[report.network or "spec"] = _SIGNS[report.status]
    rows = [(m, *(cells.get(n, "") for n in networks)) for m, cells in by_method.items()]
    print_table("conformance", ("method", *networks), rows)
    refusals: dict[str, list[str]] = {}
    for report in reports:
        if report.refusal:
            refusals.setdefault(report.refusal, []).append(report.network or "")
    for text, where in refusals.items():
        out.print(f"refused ({', '.join(where)}): {text}", style="dim")
    _print_failures(reports)


def _print_failures(reports: list[Report]) -> None:
    for report in reports:
        for outcome in report.failures:
            where = f"{report.method} on {report.network or 'its spec'}"
            out.print(f"FAIL {where}: {outcome.check}: {outcome.reason}", style="red")


def _reason(report: Report) -> str:
    if report.refusal is not None:
        return f"refused: {report.refusal}"
    checked = sum(o.status != "not checked" for o in report.outcomes)
    return f"{checked} of {len(report.outcomes)} checks apply"


def _data(report: Report) -> dict[str, Any]:
    return {
        "method": report.method,
        "network": report.network,
        "status": report.status,
        "refusal": report.refusal,
        "checks": [asdict(outcome) for outcome in report.outcomes],
    }
