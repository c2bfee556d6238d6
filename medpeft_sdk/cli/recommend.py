"""``medpeft recommend``: which method to use on images of one's own."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medpeft_sdk.cli.console import err, out, print_json, warn
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
    from medpeft_sdk.recommendation import PlannedRace


def recommend(
    dataset: Annotated[str, typer.Option(help="A dataset, such as folder:my-images.")],
    backbone: Annotated[
        str | None, typer.Option(help="A backbone; the small embedded one if none is given.")
    ] = None,
    budget: Annotated[
        str, typer.Option(metavar="20m|5000steps", help="Time, or steps of all methods together.")
    ] = "20m",
    method: Annotated[
        Many, typer.Option(help="A method to race with the baselines; all if none is given.")
    ] = None,
    data: Data = None,
    data_root: DataRoot = None,
    weights: Weights = None,
    fraction: Annotated[
        str | None, typer.Option(metavar="0.1|16shot", help="How much of the training split.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The seed.")] = None,
    set_: Settings = None,
    output: Annotated[Path, typer.Option(help="The folder for race, results and adapter.")] = Path(
        "recommendation"
    ),
    threads: Annotated[
        int | None, typer.Option(help="Threads on the CPU; one a core if not given.")
    ] = None,
    device: Device = "auto",
    corrupt: OnCorrupt = Corrupt.FAIL,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Recommend a method: race all on the validation split, test the finalists once, and say why.

    A race that was stopped goes on where it stopped when it is started again.
    """
    from medpeft_sdk.cli.progress import Counts
    from medpeft_sdk.planning import split_assignments
    from medpeft_sdk.recommendation import prepare_race

    with Counts() as counts:
        race = prepare_race(
            dataset,
            backbone,
            budget=budget,
            methods=method or (),
            subset=fraction,
            seed=seed,
            data=folders(data, [dataset]),
            data_root=data_root,
            weights=weights,
            settings=split_assignments(set_ or ()),
            output=output,
            threads=threads,
            device=device,
            corrupt=corrupt.value,
            on_decode=lambda name, at, of: counts(f"decoding {name}", at, of),
        )
    for problem in race.contest.registry.problems:
        warn(problem)
    for name in method or ():
        if name in race.left_out:
            warn(race.left_out[name])
    if dry_run:
        _print_plan(race, json)
    else:
        _run(race, json)


def _run(race: PlannedRace, json: bool) -> None:
    from medpeft_sdk.analysis import sentences
    from medpeft_sdk.cli.racing import RaceDisplay

    # What schedulers and containers send before they kill is taken as Ctrl-C is.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with RaceDisplay(len(race.plan.cells)) as display:
            answer = race.run(display.on_step, display.on_rung, display.on_decode)
    except KeyboardInterrupt:
        err.print(f"stopped; the same command goes on from the last rung in {race.folder}")
        raise typer.Exit(130) from None
    said = sentences(answer)
    if json:
        print_json(answer.model_dump(mode="json") | {"sentences": list(said)})
        return
    for sentence in said:
        out.print(sentence, soft_wrap=True)
    out.print(f"\nThe adapter is in {answer.adapter}:\n", soft_wrap=True)
    out.print(answer.code, soft_wrap=True)


def _print_plan(race: PlannedRace, json: bool) -> None:
    workbench = race.contest.workbench()
    costing, course = race.costing(workbench), race.contest.course(workbench)
    methods = [planned.cell.method for planned in race.plan.cells]
    rungs = [course.step(look) for look in course.rungs]
    unit = race.contest.budget.unit
    plan: dict[str, Any] = {
        "methods": methods,
        "baselines": list(race.contest.baselines),
        "left_out": dict(race.left_out),
        "rungs": rungs,
        "budget": race.contest.budget.amount,
        "least": costing.least,
        "most": costing.most,
        "unit": unit,
    }
    if json:
        print_json(plan)
        return
    least, most = (
        human_seconds(amount) if unit == "seconds" else counted(round(amount), "step")
        for amount in (costing.least, costing.most)
    )
    lines = (
        f"{counted(len(methods), 'method')} in the race: {', '.join(methods)}",
        f"to the end in any case: {', '.join(race.contest.baselines)}",
        f"rungs after steps {', '.join(map(str, rungs))}",
        f"all methods to the end would take about {most}, the shortest race about {least}",
    )
    for line in lines:
        out.print(line, soft_wrap=True)
    for reason in dict.fromkeys(race.left_out.values()):
        out.print(f"left out: {reason}", soft_wrap=True)
    race.check(costing)
