"""The entry point of ``medpeft``; imports no tensor library and no plugin until it must."""

from __future__ import annotations

import errno
import os
import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer

from medpeft_sdk import __version__
from medpeft_sdk.cli import (
    cards,
    catalogue,
    datasets,
    evaluate,
    parameters,
    plugins,
    recommend,
    report,
    results,
)
from medpeft_sdk.cli.console import err, keep_output_for_json
from medpeft_sdk.errors import MedpeftError

app = typer.Typer(
    name="medpeft",
    help="Benchmark parameter-efficient fine-tuning on medical images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("evaluate")(evaluate.evaluate)
app.command("recommend")(recommend.recommend)
app.command("list")(catalogue.list_)
app.command("show")(catalogue.show)
app.command("parameters")(parameters.parameters)
app.command("cards")(cards.cards)
app.command("schema")(catalogue.schema)
app.command("report")(report.report)
app.add_typer(datasets.app, name="datasets")
app.add_typer(plugins.app, name="plugins")
app.add_typer(results.app, name="results")

BUILT_IN = (
    "evaluate",
    "recommend",
    "list",
    "show",
    "parameters",
    "cards",
    "schema",
    "datasets",
    "plugins",
    "report",
    "results",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"medpeft-sdk {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Benchmark parameter-efficient fine-tuning on medical images."""


def main() -> None:
    """Runs the command line: exit code 2 and one message for a mistake that its user can mend."""
    try:
        if "--json" in sys.argv:
            keep_output_for_json()
        command = next((a for a in sys.argv[1:] if not a.startswith("-")), None)
        if command not in BUILT_IN and "--version" not in sys.argv and _has_outside_plugins():
            _add_plugin_commands()
        try:
            app()
        finally:
            sys.stdout.flush()
    except MedpeftError as error:
        err.print(f"error: {error}", style="red", soft_wrap=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _say_full(error)
        elif error.filename:
            _say_unreachable(error)
        else:
            raise
        sys.exit(2)


def _say_full(error: OSError) -> None:
    # What could not be written is not tried again when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    full = MedpeftError(
        f"this could not be written: {error.strerror}",
        where=error.filename or "the standard output",
        mend="free some space, or send it elsewhere",
    )
    err.print(f"error: {full}", style="red", soft_wrap=True)


def _say_unreachable(error: OSError) -> None:
    """Tells of a path that nobody looked at before it was used, such as one that is too long."""
    refused = MedpeftError(
        f"this cannot be reached: {error.strerror}",
        where=str(error.filename),
        expected="a path that the system takes",
        mend="check the paths that were given",
    )
    err.print(f"error: {refused}", style="red", soft_wrap=True)


def _has_outside_plugins() -> bool:
    """Reads metadata only: the built-in plugins add no commands and need no loading for help."""
    points = entry_points(group="medpeft_sdk")
    return any(point.dist and point.dist.name != "medpeft-sdk" for point in points)


def _add_plugin_commands() -> None:
    """Adds the command groups of plugins, which are imported only when one of them is called."""
    from medpeft_sdk.registry import load_registry

    for entry in load_registry().commands:
        if entry.spec.name in BUILT_IN:
            err.print(f"warning: a plugin's command '{entry.spec.name}' is hidden by the core's")
        elif entry.spec.name in sys.argv[1:]:
            app.add_typer(entry.load(), name=entry.spec.name, help=entry.spec.title)
        else:
            app.add_typer(typer.Typer(), name=entry.spec.name, help=entry.spec.title)
