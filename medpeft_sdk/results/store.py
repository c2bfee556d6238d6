"""Where results live: one folder a cell, whole or not there at all."""

from __future__ import annotations

import errno
import json
import math
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

from medpeft_sdk.digest import sha256
from medpeft_sdk.errors import DamagedError, MedpeftError, StoreError
from medpeft_sdk.results.atomic import new_folder, unwritable, write_text
from medpeft_sdk.results.columns import GROUPS, Part
from medpeft_sdk.results.damage import check_digest, damaged
from medpeft_sdk.results.marker import check_identity, check_marker, told_once, write_marker
from medpeft_sdk.results.partial import Partial
from medpeft_sdk.results.sizes import wrong_sizes
from medpeft_sdk.results.survey import RESULT, OnRead, survey
from medpeft_sdk.specs import ProtocolSpec, ResultSpec

FINAL = frozenset({"ok", "diverged", "unsupported"})
"""Statuses that a repetition would not change; ``failed`` is not among them."""

Content = Path | bytes | Callable[[Path], object]
"""A file to copy, its bytes, or a function that writes it to the path it is given."""

_CELL_ID = re.compile(r"[0-9a-f]{64}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ResultStore:
    """A results folder.

    It holds the marker ``medpeft-results.json``, a folder ``cells/<cell id>/`` a result with
    ``result.json`` and the files beside it, ``protocols/<hash>.json``, and in ``.partial/`` what
    is being written. Several processes may write at the same time.

    Making a store touches no file; `create` does.

    Args:
        folder: The results folder.
        identity_version: The version of the rule that names cells, which all results must have.
    """

    def __init__(self, folder: Path, identity_version: int) -> None:
        self.folder, self.identity_version = folder, identity_version
        self._cells, self._partial = folder / "cells", Partial(folder / ".partial")

    def create(self) -> None:
        """Makes the folder a store, or checks that it is one that can be written to.

        What dead processes left half written is removed.

        Raises:
            StoreError: The folder holds other things or results of another identity version, or
                it cannot be written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._is_empty():
                write_marker(self.folder, self.identity_version)
            check_marker(self.folder, self.identity_version)
            self._cells.mkdir(exist_ok=True)
            # A folder that cannot be written to is found now, not after the first training.
            probe = self._partial.path("probe")
            probe.mkdir(parents=True)
            probe.rmdir()
            if not os.access(self._cells, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise unwritable(error, self.folder) from error
        self._partial.clean()

    def write(self, result: ResultSpec, files: Mapping[str, Content] | None = None) -> ResultSpec:
        """Writes a result and its files: all of them or, when killed at any moment, none.

        A final result that is there already stands: cells are deterministic, and whoever
        finished first has answered. A failed one, or one that lacks a file, is replaced. Of
        processes that write one cell at the same moment, one wins, with all its files.

        Args:
            result: The result; its ``files`` and ``sizes`` are filled in here.
            files: Contents by file name.

        Returns:
            The result as it stands in the store.

        Raises:
            StoreError: The disk is full or the folder cannot be written to; nothing is left
                behind, and all other results are kept.
        """
        target = self._cells / result.cell_id
        if (standing := self._final(result.cell_id)) is not None:
            return standing
        try:
            with new_folder(target, self._partial.path(result.cell_id[:12])) as folder:
                digests: dict[str, str] = {}
                sizes: dict[str, int] = {}
                for name, content in (files or {}).items():
                    _write(folder / _checked_name(name), content)
                    digests[name] = sha256(folder / name)
                    sizes[name] = (folder / name).stat().st_size
                written = result.model_copy(update={"files": digests, "sizes": sizes})
                (folder / RESULT).write_text(written.to_json(), encoding="utf-8")
        except MedpeftError:
            raise
        except Exception as error:
            if (cause := _os_error(error)) is None:
                raise
            raise unwritable(cause, target) from error
        return written

    def read(self, cell_id: str) -> ResultSpec:
        """Reads one result.

        Raises:
            DamagedError: It is missing or damaged.
            StoreError: It is of another identity version.
        """
        file = self.path(cell_id)
        try:
            text = file.read_bytes()
        except OSError as error:
            raise damaged(file, error.strerror or str(error)) from error
        try:
            result = ResultSpec.from_json(text, where=str(file))
        except MedpeftError as error:
            # What another version wrote may have other fields.
            self._check_identity(_identity(text, self.identity_version), file)
            raise damaged(file, error.expected or error.what) from error
        self._check_identity(result.identity_version, file)
        if result.cell_id != cell_id:
            raise damaged(file, f"it is the result of cell {result.cell_id}")
        return result

    def path(self, cell_id: str) -> Path:
        """Returns the path of the file that holds the result of a cell."""
        return self._cells / cell_id / RESULT

    def has(self, cell_id: str) -> bool:
        """Returns whether there is a result, final or failed, for a cell."""
        return (self._cells / cell_id).is_dir()

    def ids(self) -> list[str]:
        """Lists the cells that have a result, in the order of their ids.

        Raises:
            StoreError: The folder is no store, or holds results of another identity version.
        """
        return self._listed()[0]

    def results(self) -> Iterator[ResultSpec]:
        """Reads all results, in the order of their ids.

        Raises:
            StoreError: As `ids` and `read` do, or a file beside a result lacks or is cut short.
        """
        sound, errors = self.sound_and_damaged()
        if errors:
            raise errors[0]
        return iter(sound)

    def sound_and_damaged(
        self,
        *,
        without: Collection[str] = (),
        metrics: Collection[str] | None = None,
        on_read: OnRead = lambda done, of: None,
    ) -> tuple[list[ResultSpec], list[StoreError]]:
        """Reads all results that are whole, and says what is wrong with the others.

        Whole means that every file has the size that it was written with; digests are checked
        where a file is read. Results come from the index of the folder as far as it is right, so
        that a hundred thousand are there within seconds when they are read again.

        Args:
            without: Fields of results to leave at their defaults, such as ``training`` and
                ``subgroups``, which together are most of a result: less to read and to hold.
                ``subgroups.groups`` leaves how far subgroups are apart.
            metrics: Names of metrics that are wanted; the others are left out of results, which
                saves as much where a protocol has many. All if ``None``.
            on_read: Is told how many results have been read, of those that have to be.

        Raises:
            StoreError: As `ids` does.
            ValueError: A field to leave out has no default, or there is none of this name.
        """
        spared = {GROUPS, *(n for n, f in ResultSpec.model_fields.items() if not f.is_required())}
        if needed := [name for name in without if name not in spared]:
            raise ValueError(f"these cannot be left out of a result: {', '.join(needed)}")
        if isinstance(metrics, str):
            metrics = (metrics,)
        names, strangers = self._listed()
        part = Part(without, metrics)
        found = survey(self._cells, names, self.read, part=part, on_read=on_read)
        sound = [found.results[i] for i in names if i not in found.errors]
        errors = [found.errors[i] for i in sorted(found.errors)]
        broken = [error for error in errors if isinstance(error, DamagedError)]
        foreign = [error for error in errors if not isinstance(error, DamagedError)]
        return sound, [*map(self._stranger, strangers), *told_once(foreign, self.folder), *broken]

    def finished(self) -> set[str]:
        """Returns the cells whose result is final and whole; none where there is no folder yet.

        What is damaged is not finished, and is written again.

        Raises:
            StoreError: As `ids` does, or a result is of another identity version.
        """
        try:
            if self._is_empty():
                return set()
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise unwritable(error, self.folder) from error
        sound, errors = self.sound_and_damaged(without=("metrics", "subgroups", "training"))
        for error in errors:
            if not isinstance(error, DamagedError):
                raise error
        return {result.cell_id for result in sound if result.status in FINAL}

    def file(self, cell_id: str, name: str) -> Path:
        """Returns the path of a file beside a result, once its digest has been checked.

        Raises:
            DamagedError: It is missing or altered.
            StoreError: The result has no such file.
        """
        path = self._cells / cell_id / name
        digest = self.read(cell_id).files.get(name)
        if digest is None:
            raise StoreError(f"the result has no file '{name}'", where=str(path.parent))
        check_digest(path, digest)
        return path

    def altered(self, results: Iterable[ResultSpec], name: str) -> dict[str, DamagedError]:
        """Says, by cell, beside which results a file is missing or has another digest."""
        errors: dict[str, DamagedError] = {}
        for result in results:
            try:
                if name in result.files:
                    check_digest(self._cells / result.cell_id / name, result.files[name])
            except DamagedError as error:
                errors[result.cell_id] = error
        return errors

    def impossible(
        self, result: ResultSpec, ranges: Mapping[str, tuple[float, float]]
    ) -> DamagedError | None:
        """Says of which metric a result has a value that is outside of its range, if of any."""
        for name, estimate in result.metrics.items():
            least, most = ranges.get(name, (-math.inf, math.inf))
            if estimate.value is not None and not least <= estimate.value <= most:
                why = f"{name} is {estimate.value:g} in it, and {least:g} to {most:g} are possible"
                return damaged(self.path(result.cell_id), why)
        return None

    def verify(self, cell_id: str) -> ResultSpec:
        """Reads a result and checks the digest of every file beside it.

        Raises:
            StoreError: As `read`, or a file is missing or altered.
        """
        result = self.read(cell_id)
        for name, digest in result.files.items():
            check_digest(self._cells / cell_id / name, digest)
        return result

    def write_protocol(self, protocol: ProtocolSpec, digest: str) -> None:
        """Keeps the protocol that results name by its digest; raises `StoreError`."""
        file = self._protocol(digest)
        if file.exists():
            return
        try:
            file.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(error, file) from error
        write_text(file, protocol.to_json())

    def read_protocol(self, digest: str) -> ProtocolSpec:
        """Reads a protocol; raises `StoreError` where it is missing or damaged."""
        file = self._protocol(digest)
        try:
            return ProtocolSpec.from_json(file.read_bytes(), where=str(file))
        except (OSError, MedpeftError) as error:
            raise DamagedError(
                f"the protocol of results is damaged: {error}",
                where=str(file),
                expected="the file as it was written",
                mend="restore it; or delete it, if it is there, and run medpeft evaluate with the "
                "same protocol and --output again, which writes it",
            ) from error

    def _protocol(self, digest: str) -> Path:
        return self.folder / "protocols" / f"{digest}.json"

    def _final(self, cell_id: str) -> ResultSpec | None:
        """Reads a result if there is one that is final and whole."""
        try:
            result = self.read(cell_id)
        except DamagedError:
            return None
        if wrong_sizes(str(self._cells), {cell_id: result.sizes}):
            return None
        return result if result.status in FINAL else None

    def _check_identity(self, found: object, file: Path) -> None:
        check_identity(found, self.identity_version, file.parent)

    def _listed(self) -> tuple[list[str], list[str]]:
        """Lists the cells that have a result, and what else lies among them, both in order."""
        check_marker(self.folder, self.identity_version)
        try:
            names = sorted(os.listdir(self._cells))  # noqa: PTH208 - paths cost more than the call
        except FileNotFoundError:
            names = []
        cells = [*filter(_CELL_ID.fullmatch, names)]
        strangers = {*names} - {*cells} if len(cells) < len(names) else ()
        return cells, sorted(name for name in strangers if not name.startswith("."))

    def _stranger(self, name: str) -> DamagedError:
        """Complains of what lies among the cells and is none of them, such as a renamed folder."""
        return DamagedError(
            "this is no result: its name is no cell's",
            where=str(self._cells / name),
            expected="folders that are named by the cells whose results they hold",
            mend="give it its name back, or move it elsewhere",
        )

    def _is_empty(self) -> bool:
        """Returns whether the folder holds nothing but hidden files."""
        return all(entry.name.startswith(".") for entry in self.folder.iterdir())


def _write(path: Path, content: Content) -> None:
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, Path):
        shutil.copyfile(content, path)
    else:
        content(path)


def _checked_name(name: str) -> str:
    if not _FILE_NAME.fullmatch(name) or name == RESULT:
        raise StoreError(
            f"a result cannot have a file called '{name}'",
            expected=f"a plain file name, other than {RESULT}",
        )
    return name


def _identity(text: bytes, default: int) -> object:
    """Finds the identity version of what is no result of this version's, if it has any."""
    try:
        document: object = json.loads(text)
    except ValueError:
        return default
    fields = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    return fields.get("identity_version", default)


def _os_error(error: Exception) -> OSError | None:
    """Finds the system's error; libraries written in Rust give theirs as text."""
    if isinstance(error, OSError):
        return error
    if match := re.search(r"\(os error (\d+)\)|code: (\d+)", str(error)):
        number = int(match[1] or match[2])
        return OSError(number, os.strerror(number))
    return None
