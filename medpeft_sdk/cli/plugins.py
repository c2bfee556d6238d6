"""``medpeft plugins``: works whatever is installed, for it imports no plugin in this process."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from medpeft_sdk.cli.console import err, out, print_json, print_table
from medpeft_sdk.cli.options import Json

app = typer.Typer(help="See, check, disable and enable plugins.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of a plugin or of its distribution.")]

_DOCTOR_SECONDS = 60


@app.command("list")
def list_(json: Json = False) -> None:
    """List the installed plugins without importing them."""
    from medpeft_sdk.registry import find_plugins

    plugins = find_plugins()
    if json:
        print_json(
            {
                "plugins": [
                    {
                        "name": p.name,
                        "distribution": p.distribution,
                        "version": p.version,
                        "module": p.module,
                        "enabled": p.status != "disabled",
                    }
                    for p in plugins
                ]
            }
        )
        return
    print_table(
        "plugins",
        ("name", "distribution", "version", "module", "state"),
        [
            (
                p.name,
                p.distribution,
                p.version,
                p.module,
                "disabled" if p.status == "disabled" else "enabled",
            )
            for p in plugins
        ],
    )


@app.command()
def doctor(json: Json = False) -> None:
    """Load every plugin in a process of its own and say what is wrong with it."""
    from medpeft_sdk.registry import find_plugins

    reports = []
    for plugin in find_plugins():
        healthy, text = (None, "disabled")
        if plugin.status != "disabled":
            healthy, text = _examine(plugin.distribution, plugin.name)
        reports.append((plugin, healthy, text))
    conflicts_healthy, conflicts = _examine("", "")
    if json:
        print_json(
            {
                "plugins": [
                    {"name": p.name, "distribution": p.distribution, "healthy": h, "report": t}
                    for p, h, t in reports
                ],
                "together": {"healthy": conflicts_healthy, "report": conflicts},
            }
        )
    else:
        for plugin, healthy, text in reports:
            state = {True: "ok", False: "FAILED", None: "disabled"}[healthy]
            out.print(f"{state:8} {plugin.name} ({plugin.distribution} {plugin.version})")
            if healthy is False:
                out.print(text, style="dim")
        if not conflicts_healthy:
            out.print("FAILED   all together")
            out.print(conflicts, style="dim")
    if not all(h is not False for _, h, _ in reports) or not conflicts_healthy:
        raise typer.Exit(1)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="Name of a method, or all.")],
    network: Annotated[
        list[str] | None, typer.Option(help="A network to check on; all of them if none is given.")
    ] = None,
    json: Json = False,
) -> None:
    """Check that a method keeps what every method has to keep, on networks of every kind."""
    from medpeft_sdk.cli.conformance import run_checks

    if not run_checks(name, network or [], json=json):
        raise typer.Exit(1)


@app.command()
def disable(name: Name) -> None:
    """Keep a plugin from being loaded, for this user."""
    from medpeft_sdk.registry import find_plugin, set_disabled

    find_plugin(name)
    set_disabled(name, True)
    err.print(f"{name} is disabled; medpeft plugins enable {name} brings it back")


@app.command()
def enable(name: Name) -> None:
    """Let a disabled plugin be loaded again."""
    from medpeft_sdk.registry import find_plugin, set_disabled

    plugin = find_plugin(name)
    for disabled in (plugin.name, plugin.distribution):
        set_disabled(disabled, False)
    err.print(f"{name} is enabled")


def _examine(distribution: str, name: str) -> tuple[bool, str]:
    """Loads one plugin, or all of them, in a fresh process that may crash or hang."""
    command = [sys.executable, "-m", "medpeft_sdk.registry.examine", distribution, name]
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours
            command, capture_output=True, text=True, timeout=_DOCTOR_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"it did not finish loading within {_DOCTOR_SECONDS} s"
    return done.returncode == 0, (done.stdout + done.stderr).strip()
