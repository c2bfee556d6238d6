"""What a race looks like while it goes on: the method that trains, and a line for each rung."""

from __future__ import annotations

import sys

from rich.progress import TaskID

from medpeft_sdk.cli.console import err
from medpeft_sdk.cli.progress import Shown
from medpeft_sdk.execution.journal import Rung
from medpeft_sdk.units import counted

_WHY = {"evidence": "cannot catch up", "budget": "dropped for the budget"}


class RaceDisplay(Shown):
    """Live bars on a terminal, and one line for each rung anywhere.

    Args:
        racers: How many methods start.
    """

    def __init__(self, racers: int) -> None:
        super().__init__(live=sys.stderr.isatty())
        self._racers, self._started = racers, set[str]()
        self._tasks: dict[str, TaskID] = {}

    def on_decode(self, dataset: str, at: int, of: int) -> None:
        """Shows how far the decoding of the images is."""
        self._show("decoding", f"decoding {dataset}", at, of)

    def on_step(self, method: str, step: int, steps: int) -> None:
        """Shows which method trains, and how far it is."""
        self._started.add(method)
        self._show("race", counted(self._racers, "method"), len(self._started), self._racers)
        self._show("method", f"  {method}", step, steps)

    def on_rung(self, rung: Rung) -> None:
        """Says who goes on and who stops."""
        parts = [
            f"step {rung.step}: {len(rung.field)} of {counted(len(rung.standings), 'method')} go on"
        ]
        for fate in dict.fromkeys(s.fate for s in rung.standings if s.fate != "on"):
            names = [s.method for s in rung.standings if s.fate == fate]
            parts.append(f"{_WHY.get(fate, fate)}: {', '.join(names)}")
        err.print("; ".join(parts), soft_wrap=True)
        self._racers = len(rung.field)
        self._started.clear()

    def _show(self, key: str, description: str, done: int, of: int) -> None:
        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task(description, total=of)
        self._progress.update(self._tasks[key], description=description, completed=done, total=of)
