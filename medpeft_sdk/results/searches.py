"""Where trials live: one folder a search, one file a trial, whole or not there at all."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

from medpeft_sdk.errors import MedpeftError, StoreError
from medpeft_sdk.results.atomic import unwritable, write_text
from medpeft_sdk.specs import SearchSpec, TrialSpec

_SEARCH = "search.json"
_SEARCH_ID = re.compile(r"[0-9a-f]{64}")


class SearchStore:
    """The searches of a results folder.

    It holds ``searches/<search id>/search.json`` and beside it ``trial-0000.json`` and so on.
    Trials are never replaced: what comes after a trial depends on it.

    Args:
        folder: The results folder, which `ResultStore` has made.
    """

    def __init__(self, folder: Path) -> None:
        self._searches = folder / "searches"

    def write(self, search_id: str, search: SearchSpec) -> None:
        """Writes what a search is, unless it is there; raises `StoreError`."""
        file = self._searches / search_id / _SEARCH
        if file.exists():
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(error, file) from error
        write_text(file, search.to_json())

    def write_trial(self, trial: TrialSpec) -> TrialSpec:
        """Writes a trial and returns it as it stands in the store; the first one stands.

        Raises:
            StoreError: The disk is full or the folder cannot be written to.
        """
        file = self._searches / trial.search / f"trial-{trial.number:04d}.json"
        if not file.exists():
            write_text(file, trial.to_json())
            return trial
        return self._trial(file)

    def ids(self) -> list[str]:
        """Lists the searches, in the order of their ids."""
        try:
            with os.scandir(self._searches) as entries:
                return sorted(e.name for e in entries if _SEARCH_ID.fullmatch(e.name))
        except FileNotFoundError:
            return []

    def read(self, search_id: str) -> SearchSpec:
        """Reads what a search is; raises `StoreError` where it is missing or damaged."""
        file = self._searches / search_id / _SEARCH
        try:
            return SearchSpec.from_json(file.read_bytes(), where=str(file))
        except (OSError, MedpeftError) as error:
            raise _damaged(file, error) from error

    def trials(self, search_id: str) -> list[TrialSpec]:
        """Reads the trials of a search, in their order, up to the first that is not there.

        Raises:
            StoreError: One of them is damaged.
        """
        return list(self._read_trials(search_id))

    def sound_trials(self, search_id: str) -> tuple[list[TrialSpec], StoreError | None]:
        """Reads as `trials` does, up to one that is damaged, and says what is wrong with it."""
        found: list[TrialSpec] = []
        try:
            for trial in self._read_trials(search_id):
                found.append(trial)
        except StoreError as error:
            return found, error
        return found, None

    def _read_trials(self, search_id: str) -> Iterator[TrialSpec]:
        folder = self._searches / search_id
        for number in itertools.count():
            file = folder / f"trial-{number:04d}.json"
            if not file.exists():
                return
            yield self._trial(file)

    def _trial(self, file: Path) -> TrialSpec:
        try:
            return TrialSpec.from_json(file.read_bytes(), where=str(file))
        except (OSError, MedpeftError) as error:
            raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> StoreError:
    why = (error.expected or error.what) if isinstance(error, MedpeftError) else str(error)
    return StoreError(
        f"a stored search is damaged: {why}",
        where=str(file),
        expected="the file as it was written",
        mend=f"restore it, or delete {file.parent} and search again",
    )
