"""``medpeft report``: everything that a results folder says, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medpeft_sdk.cli.console import err
from medpeft_sdk.cli.options import OfProtocol


def report(
    folder: Annotated[Path, typer.Argument(help="A results folder.")] = Path("results"),
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file.")] = Path(
        "report.html"
    ),
    assets: Annotated[
        Path | None,
        typer.Option(help="The folder of figures and tables; beside the page if none."),
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="The metric to compare by; the protocol's first if none.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(help="The method that others are compared with; the protocol's if none."),
    ] = None,
    baseline: Annotated[
        str, typer.Option(help="The method that relative gains are over.")
    ] = "full",
    protocol: OfProtocol = None,
    resamples: Annotated[
        int | None,
        typer.Option(
            min=0, help="Bootstrap resamples of the predictions; 0 reads none, for large folders."
        ),
    ] = None,
) -> None:
    """Write a report: one HTML file that opens offline; its figures and tables beside it."""
    from medpeft_sdk.analysis.report import assets_beside, check_writable, gather, write_report
    from medpeft_sdk.cli.progress import Counts
    from medpeft_sdk.planning import IDENTITY_VERSION
    from medpeft_sdk.registry import load_registry
    from medpeft_sdk.results import ResultStore

    beside = assets or assets_beside(output)
    check_writable(output, beside)
    with Counts() as counts:
        evidence = gather(
            ResultStore(folder, IDENTITY_VERSION),
            load_registry(),
            metric=metric,
            reference=reference,
            baseline=baseline,
            resamples=resamples,
            of=protocol,
            on_read=lambda done, of: counts("reading results", done, of),
        )
    written = write_report(evidence, output, beside)
    err.print(f"wrote {written.page} and {len(written.names)} files to {written.assets}")
    for error in evidence.damaged:
        err.print(f"error: {error}", style="red", soft_wrap=True)
    if evidence.damaged:
        raise typer.Exit(2)
