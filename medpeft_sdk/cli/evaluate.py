"""``medpeft evaluate``: run methods under a protocol."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medpeft_sdk.cli.console import err, out, print_json, print_table, warn
from medpeft_sdk.cli.options import (
    Corrupt,
    Data,
    DataRoot,
    Device,
    DryRun,
    Json,
    Many,
    OnCorrupt,
    Settings,
    Weights,
    folders,
)
from medpeft_sdk.units import counted, human_seconds

if TYPE_CHECKING:
    from medpeft_sdk.api import Evaluation

_NAMED = 5
"""Skipped images that are named; results name all."""


class Rules(StrEnum):
    """How a method comes by its hyperparameters."""

    FIXED = "fixed"
    TUNED = "tuned"


class Prune(StrEnum):
    """How a search ends trials early."""

    NONE = "none"
    HALVING = "halving"


def evaluate(
    method: Annotated[
        Many, typer.Option(help="A method; give it several times for several.")
    ] = None,
    protocol: Annotated[str, typer.Option(help="A protocol's name, or a TOML file.")] = "quick",
    dataset: Annotated[Many, typer.Option(help="A dataset, in place of the protocol's.")] = None,
    backbone: Annotated[Many, typer.Option(help="A backbone, in place of the protocol's.")] = None,
    data: Data = None,
    data_root: DataRoot = None,
    weights: Weights = None,
    fraction: Annotated[
        Many, typer.Option(metavar="0.1|16shot", help="How much of the training split.")
    ] = None,
    seed: Annotated[list[int] | None, typer.Option(help="A seed.")] = None,
    set_: Settings = None,
    ruleset: Annotated[
        Rules | None, typer.Option(help="Declared defaults, or a search for each method.")
    ] = None,
    trials: Annotated[int | None, typer.Option(help="Trials of each search.")] = None,
    pruning: Annotated[
        Prune | None, typer.Option(help="Whether a search ends trials early.")
    ] = None,
    output: Annotated[Path, typer.Option(help="The results folder.")] = Path("results"),
    executor: Annotated[str, typer.Option(help="local, serial, or a plugin's.")] = "local",
    workers: Annotated[int | None, typer.Option(help="Processes of the local executor.")] = None,
    threads: Annotated[int, typer.Option(help="Threads of one worker on the CPU.")] = 1,
    device: Device = "auto",
    corrupt: OnCorrupt = Corrupt.FAIL,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Evaluate methods: train every cell of a protocol, test it once, and print the table.

    A run that was stopped goes on where it stopped when it is started again.
    """
    from medpeft_sdk.api import prepare
    from medpeft_sdk.cli.progress import Counts
    from medpeft_sdk.execution.journal import check_no_race
    from medpeft_sdk.planning import split_assignments

    check_no_race(output)
    settings = split_assignments(set_ or ())
    with Counts() as counts:
        evaluation = prepare(
            method or None,
            protocol,
            datasets=dataset or None,
            backbones=backbone or None,
            subsets=fraction or None,
            seeds=seed or None,
            data=folders(data, dataset or ()),
            data_root=data_root,
            weights=weights,
            settings=settings,
            ruleset=ruleset.value if ruleset else None,
            trials=trials,
            pruning=pruning.value if pruning else None,
            output=output,
            executor=executor,
            workers=workers,
            threads=threads,
            device=device,
            corrupt=corrupt.value,
            without_absent=dry_run,
            on_decode=lambda name, at, of: counts(f"decoding {name}", at, of),
        )
    for problem in evaluation.registry.problems:
        warn(problem)
    say_skipped(evaluation)
    if "epochs" in settings and "min_steps" not in settings:
        say_least_steps(evaluation)
    missing = evaluation.missing()
    if missing < len(evaluation.plan.cells):
        done = len(evaluation.plan.cells) - missing
        err.print(f"already in {output}: {done} of {counted(len(evaluation.plan.cells), 'cell')}")
    if dry_run:
        _print_plan(evaluation, json)
    else:
        _run(evaluation, missing, output, json)


def say_skipped(evaluation: Evaluation) -> None:
    """Warns of images that are left out."""
    skipped = {cell.cell.dataset.name: cell.cell.dataset.skipped for cell in evaluation.plan.cells}
    for dataset, names in skipped.items():
        if names:
            more = ", …" if len(names) > _NAMED else ""
            warn(
                f"images of {dataset} that cannot be read and are left out: {len(names):,} "
                f"({', '.join(names[:_NAMED])}{more})"
            )


def say_least_steps(evaluation: Evaluation) -> None:
    """Warns that few epochs that were set give way to the recipe's least number of steps."""
    recipe = evaluation.plan.protocol.recipe
    if recipe.min_steps > 1:
        warn(
            f"epochs={recipe.epochs} decides only above {recipe.min_steps} steps, which every cell "
            "trains for at least; --set min_steps=1 lifts that"
        )


def _run(evaluation: Evaluation, missing: int, output: Path, json: bool) -> None:
    from medpeft_sdk.cli.progress import RunDisplay
    from medpeft_sdk.cli.summary import print_summary
    from medpeft_sdk.execution.support import nothing_fits
    from medpeft_sdk.results import row

    # What schedulers and containers send before they kill is taken as Ctrl-C is.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with RunDisplay(missing, evaluation.missing_trials()) as display:
            run = evaluation.run(display.on_event, display.on_decode)
    except KeyboardInterrupt:
        err.print(
            f"stopped; {output} keeps finished cells and trials, and the same command goes on "
            "from there"
        )
        raise typer.Exit(130) from None
    if json:
        protocol = evaluation.settings.protocol.model_dump(mode="json")
        print_json({"protocol": protocol, "results": [row(r) for r in run.results]})
    else:
        print_summary(run.results, output, evaluation.registry)
    if any(r.status == "failed" for r in run.results):
        raise typer.Exit(1)
    if all(r.status == "unsupported" for r in run.results):
        raise nothing_fits(evaluation.plan, evaluation.registry, (r.reason for r in run.results))


def _print_plan(evaluation: Evaluation, json: bool) -> None:
    from medpeft_sdk.execution.estimate import estimate_seconds
    from medpeft_sdk.execution.support import nothing_fits, with_refusals

    registry, absent = evaluation.registry, evaluation.absent
    plan = with_refusals(evaluation.plan, registry)
    refused = [c.unsupported for c in plan.cells if c.unsupported]
    seconds = (
        estimate_seconds(plan, evaluation.settings, registry, evaluation.workers)
        if len(refused) < len(plan.cells)
        else None
    )
    rows: list[dict[str, Any]] = [
        {
            "cell_id": None if c.search else c.id,
            "method": c.cell.method,
            "backbone": c.cell.backbone.name,
            "dataset": c.cell.dataset.name,
            "fraction": str(c.cell.subset),
            "seed": c.cell.seed,
            "unsupported": c.unsupported,
        }
        for c in plan.cells
    ]
    grid = plan.protocol
    each = len(grid.methods) * len(grid.backbones) * len(grid.subsets) * len(grid.seeds)
    counts = {
        "count": len(rows) + len(absent) * each,
        "unsupported": len(refused),
        "trials": evaluation.missing_trials(),
    }
    if json:
        print_json({"cells": rows, "absent": list(absent), **counts, "estimated_seconds": seconds})
    else:
        _print_cells(f"{grid.name}: {counted(counts['count'], 'cell')}", rows)
        if absent:
            warn(
                f"not here: {', '.join(absent)}; {counted(each, 'cell')} of each, "
                "for which no time can be told; --data NAME=PATH tells where one is"
            )
    if len(refused) == len(rows) and not absent:
        raise nothing_fits(plan, registry, refused)
    if not json:
        err.print(_expected(counts, len(rows), seconds, evaluation.workers))


def _print_cells(title: str, rows: Sequence[dict[str, Any]]) -> None:
    columns = ("method", "dataset", "fraction", "seed", "backbone")
    print_table(
        title,
        ("method", "dataset", "data", ">seed", "backbone", ""),
        [(*(r[c] for c in columns), "unsupported" if r["unsupported"] else "") for r in rows],
    )
    for reason in dict.fromkeys(r["unsupported"] for r in rows if r["unsupported"]):
        out.print(f" unsupported: {reason}", soft_wrap=True)


def _expected(counts: dict[str, int], here: int, seconds: float | None, workers: int) -> str:
    """Says how much is to run, and how long that takes."""
    if seconds is None:
        return f"{counted(counts['count'], 'cell')}, none of which can be timed"
    trials, refused = counts["trials"], counts["unsupported"]
    searched = f"{counted(trials, 'trial')} and " if trials else ""
    left_out = f", {refused:,} of them unsupported" if refused else ""
    return (
        f"{searched}{counted(here, 'cell')}{left_out}, about {human_seconds(seconds)} here with "
        f"{counted(workers, 'worker')} once they have started (a training step of each backbone "
        "and a test of each dataset were timed)"
    )
