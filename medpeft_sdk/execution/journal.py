"""The course of a race so far, kept so that a killed one goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from medpeft_sdk.errors import MedpeftError, StoreError
from medpeft_sdk.results.atomic import write_text
from medpeft_sdk.specs import Estimate, Spec

RACE = "race.json"

Fate = Literal["on", "evidence", "budget", "unsupported", "diverged", "failed"]
"""What becomes of a method at a rung: it goes on, or why it stops there."""


class Standing(Spec):
    """A method at a rung.

    Attributes:
        score: The best so far on the validation split, larger is better; ``None`` where undefined.
        behind: That minus the leader's, paired; its interval is widened for the number of methods.
        reason: What went wrong, where something did.
    """

    method: str
    score: float | None = None
    behind: Estimate | None = None
    fate: Fate
    reason: str | None = None


class Rung(Spec):
    """The field after so many looks at the validation split.

    Attributes:
        step: Optimiser steps of each method until here.
        spent: Of the budget, in its unit.
        standings: Best first; of those that were still in the race.
    """

    look: int = Field(ge=1)
    step: int = Field(ge=1)
    spent: float = Field(ge=0)
    standings: tuple[Standing, ...]

    @property
    def field(self) -> tuple[str, ...]:
        """The methods that go on, best first."""
        return tuple(s.method for s in self.standings if s.fate == "on")


class RaceSpec(Spec):
    """A race.

    Attributes:
        cells: The id of each method's cell.
        baselines: Methods that run to the end in any case.
        budget: Amount and unit.
        rungs: Those that were reached.
    """

    cells: dict[str, str]
    baselines: tuple[str, ...]
    budget: str
    rungs: tuple[Rung, ...] = ()

    def before(self, method: str) -> float | None:
        """Returns the score of a method at the last rung, if there was one."""
        standings = self.rungs[-1].standings if self.rungs else ()
        return next((s.score for s in standings if s.method == method), None)

    def stopped(self) -> list[tuple[Rung, Standing]]:
        """Returns who stopped before the end, and where."""
        return [(r, s) for r in self.rungs for s in r.standings if s.fate != "on"]


class Journal:
    """A race on the disk.

    Args:
        folder: The output folder; it exists.
        race: As it was planned.

    Raises:
        StoreError: The folder holds another race, or a damaged one.
    """

    def __init__(self, folder: Path, race: RaceSpec) -> None:
        self._file = folder / RACE
        self.race = read_race(folder) or race
        if self.race.model_copy(update={"rungs": ()}) != race:
            raise StoreError(
                "this folder holds another race",
                where=str(self._file),
                expected="the same data, methods, settings and budget",
                mend="give another folder with --output",
            )

    def add(self, rung: Rung) -> None:
        """Notes what happened at a rung; raises `StoreError`."""
        self.race = self.race.model_copy(update={"rungs": (*self.race.rungs, rung)})
        write_text(self._file, self.race.to_json())


def check_no_race(folder: Path) -> None:
    """Raises `StoreError` where a folder holds a race, beside which other results would lie."""
    if (folder / RACE).exists():
        raise StoreError(
            "this folder holds a race",
            where=str(folder),
            expected="a new folder, or one of results of an earlier evaluate",
            mend="give another folder with --output; medpeft recommend goes on with the race",
        )


def read_race(folder: Path) -> RaceSpec | None:
    """Reads the race of a folder, if there is one; raises `StoreError` where it is damaged."""
    file = folder / RACE
    if not file.exists():
        return None
    try:
        return RaceSpec.from_json(file.read_bytes(), where=str(file))
    except (OSError, MedpeftError) as error:
        raise StoreError(
            f"the race cannot be read: {error}",
            where=str(file),
            mend="give another folder with --output",
        ) from error
