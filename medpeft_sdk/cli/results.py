"""``medpeft results``: look at results that were made before, and take them elsewhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medpeft_sdk.cli.console import err, print_json
from medpeft_sdk.cli.options import Json

if TYPE_CHECKING:
    from medpeft_sdk.specs import ResultSpec

app = typer.Typer(help="Show and export results.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="A results folder.")]


class Format(StrEnum):
    """File formats of an export."""

    CSV = "csv"
    JSON = "json"
    LATEX = "latex"


@app.command()
def show(folder: Folder = Path("results"), json: Json = False) -> None:
    """Show the results of a folder, summarised over seeds."""
    from medpeft_sdk.cli.summary import print_summary
    from medpeft_sdk.results import row

    results = _read(folder)
    if json:
        print_json({"results": [row(r) for r in results]})
    else:
        print_summary(results, folder)


@app.command()
def export(
    folder: Folder = Path("results"),
    format_: Annotated[Format, typer.Option("--format", help="File format.")] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; standard output if none.")
    ] = None,
) -> None:
    """Write the results as CSV or JSON (a row a cell), or LaTeX (a row a method)."""
    from medpeft_sdk.results import export_text, write_text

    text = export_text(_read(folder), format_.value)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_text(output, text)
        err.print(f"wrote {output}")


def _read(folder: Path) -> tuple[ResultSpec, ...]:
    from medpeft_sdk.planning import IDENTITY_VERSION
    from medpeft_sdk.results import ResultStore

    return tuple(ResultStore(folder, IDENTITY_VERSION).results())
