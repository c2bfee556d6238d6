"""Where results live: one folder a cell, whole or not there at all."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import psutil

from medpeft_sdk.digest import sha256
from medpeft_sdk.errors import MedpeftError, StoreError
from medpeft_sdk.results.atomic import new_folder, unwritable, write_text
from medpeft_sdk.specs import ProtocolSpec, ResultSpec

MARKER = "medpeft-results.json"
"""The file that tells a results folder from any other."""

RESULT = "result.json"
FINAL = frozenset({"ok", "diverged", "unsupported"})
"""Statuses that a repetition would not change; ``failed`` is not among them."""

Content = Path | bytes | Callable[[Path], object]
"""A file to copy, its bytes, or a function that writes it to the path it is given."""

_FORMAT = 1
_DAY = 24 * 60 * 60
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
        self._cells, self._partial = folder / "cells", folder / ".partial"

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
                marker = {"format": _FORMAT, "identity_version": self.identity_version}
                write_text(self.folder / MARKER, json.dumps(marker) + "\n")
            self._check_marker()
            self._cells.mkdir(exist_ok=True)
            # A folder that cannot be written to is found now, not after the first training.
            probe = self._temporary("probe")
            probe.mkdir(parents=True)
            probe.rmdir()
            if not os.access(self._cells, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise unwritable(error, self.folder) from error
        self._clean()

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
            with new_folder(target, self._temporary(result.cell_id[:12])) as folder:
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
            StoreError: It is missing, damaged or of another identity version.
        """
        file = self._cells / cell_id / RESULT
        text, document = self._document(file)
        try:
            result = ResultSpec.from_json(text, where=str(file))
        except MedpeftError as error:
            raise _damaged(file, error.expected or error.what) from error
        if document["cell_id"] != cell_id:
            raise _damaged(file, f"it is the result of cell {document['cell_id']}")
        return result

    def has(self, cell_id: str) -> bool:
        """Returns whether there is a result, final or failed, for a cell."""
        return (self._cells / cell_id).is_dir()

    def ids(self) -> list[str]:
        """Lists the cells that have a result, in the order of their ids.

        Raises:
            StoreError: The folder is no store, or holds results of another identity version.
        """
        self._check_marker()
        try:
            with os.scandir(self._cells) as entries:
                return sorted(e.name for e in entries if _CELL_ID.fullmatch(e.name))
        except FileNotFoundError:
            return []

    def results(self) -> Iterator[ResultSpec]:
        """Reads all results, in the order of their ids; raises as `ids` and `read` do."""
        return map(self.read, self.ids())

    def sound_and_damaged(self) -> tuple[list[ResultSpec], list[StoreError]]:
        """Reads all results that are whole, and says what is wrong with the others.

        Whole means that every file has the size that it was written with; digests are checked
        where a file is read.

        Raises:
            StoreError: As `ids` does.
        """
        sound: list[ResultSpec] = []
        damaged = [_damaged(p, "its name is no cell's") for p in self._strangers()]
        for cell_id in self.ids():
            try:
                result = self.read(cell_id)
                self._check_sizes(cell_id, result.sizes)
            except StoreError as error:
                damaged.append(error)
            else:
                sound.append(result)
        return sound, damaged

    def finished(self) -> set[str]:
        """Returns the cells whose result is final and whole; none where there is no folder yet.

        Raises:
            StoreError: As `ids` and `read` do.
        """
        try:
            if self._is_empty():
                return set()
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise unwritable(error, self.folder) from error
        return {i for i in self.ids() if self._status(i) in FINAL and self._is_whole(i)}

    def file(self, cell_id: str, name: str) -> Path:
        """Returns the path of a file beside a result, once its digest has been checked.

        Raises:
            StoreError: The result has no such file, or it is missing or altered.
        """
        path = self._cells / cell_id / name
        digest = self.read(cell_id).files.get(name)
        if digest is None:
            raise StoreError(f"the result has no file '{name}'", where=str(path.parent))
        self._check_file(path, digest)
        return path

    def verify(self, cell_id: str) -> ResultSpec:
        """Reads a result and checks the digest of every file beside it.

        Raises:
            StoreError: As `read`, or a file is missing or altered.
        """
        result = self.read(cell_id)
        for name, digest in result.files.items():
            self._check_file(self._cells / cell_id / name, digest)
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
            raise _damaged(file, str(error)) from error

    def _protocol(self, digest: str) -> Path:
        return self.folder / "protocols" / f"{digest}.json"

    def _status(self, cell_id: str) -> str:
        file = self._cells / cell_id / RESULT
        status = self._document(file)[1].get("status")
        if not isinstance(status, str):
            raise _damaged(file, "it has no status")
        return status

    def _final(self, cell_id: str) -> ResultSpec | None:
        """Reads a result if there is one and it is final."""
        try:
            result = self.read(cell_id)
        except StoreError as error:
            # Not there, or being replaced at this moment.
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            raise
        return result if result.status in FINAL and self._is_whole(cell_id) else None

    def _document(self, file: Path) -> tuple[bytes, dict[str, Any]]:
        """Reads a result without validating more of it than its identity version."""
        try:
            text = file.read_bytes()
            document: object = json.loads(text)
        except (OSError, ValueError) as error:
            raise _damaged(file, str(error)) from error
        if not isinstance(document, dict):
            raise _damaged(file, "it is no JSON object")
        fields = cast("dict[str, Any]", document)
        self._check_identity(fields.get("identity_version"), file.parent)
        return text, fields

    def _check_marker(self) -> None:
        marker = self.folder / MARKER
        try:
            document = json.loads(marker.read_bytes())
            form, identity = document["format"], document["identity_version"]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StoreError(
                "this is not a folder of results",
                where=str(self.folder),
                expected=f"a folder with a file {MARKER}, or for a new run an empty or a new one",
                mend="give another folder, such as the --output of an earlier evaluate",
            ) from error
        if form != _FORMAT:
            raise StoreError(
                f"this folder of results has the format {form}",
                where=str(marker),
                expected=f"format {_FORMAT}",
                mend="use the version of medpeft-sdk that wrote it, or another folder",
            )
        self._check_identity(identity, self.folder)

    def _check_identity(self, found: object, folder: Path) -> None:
        if found != self.identity_version:
            raise StoreError(
                f"results of identity version {found} are not comparable with this version's",
                where=str(folder),
                expected=f"identity version {self.identity_version}",
                mend="choose another folder for a new run, or read this one with the version of "
                "medpeft-sdk that wrote it",
            )

    def _check_file(self, path: Path, digest: str) -> None:
        try:
            found = sha256(path)
        except OSError as error:
            raise _damaged(path, str(error)) from error
        if found != digest:
            raise _damaged(path, f"its SHA-256 is {found}, not {digest}")

    def _check_sizes(self, cell_id: str, sizes: Mapping[str, int]) -> None:
        for name, size in sizes.items():
            path = self._cells / cell_id / name
            found = path.stat().st_size if path.is_file() else None
            if found != size:
                why = "it is missing" if found is None else f"it has {found} bytes, not {size}"
                raise _damaged(path, why)

    def _is_whole(self, cell_id: str) -> bool:
        sizes = self._document(self._cells / cell_id / RESULT)[1].get("sizes", {})
        try:
            self._check_sizes(cell_id, sizes)
        except StoreError:
            return False
        return True

    def _strangers(self) -> list[Path]:
        """Returns what lies among the cells and is none of them, such as a renamed folder."""
        entries = self._cells.iterdir() if self._cells.is_dir() else ()
        return sorted(
            p for p in entries if not (_CELL_ID.fullmatch(p.name) or p.name.startswith("."))
        )

    def _is_empty(self) -> bool:
        """Returns whether the folder holds nothing but hidden files."""
        return all(entry.name.startswith(".") for entry in self.folder.iterdir())

    def _temporary(self, name: str) -> Path:
        """Names a folder that does not exist, after the process that will fill it."""
        return self._partial / f"{socket.gethostname()}+{os.getpid()}+{name}+{uuid.uuid4().hex[:8]}"

    def _clean(self) -> None:
        """Removes what dead processes left; of other machines, what is older than a day."""
        for folder in list(self._partial.iterdir()) if self._partial.is_dir() else []:
            host, _, rest = folder.name.partition("+")
            pid = rest.partition("+")[0]
            here = host == socket.gethostname() and pid.isdecimal()
            with suppress(OSError):
                old = time.time() - folder.stat().st_mtime > _DAY
                if old or (here and not psutil.pid_exists(int(pid))):
                    shutil.rmtree(folder, ignore_errors=True)


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


def _os_error(error: Exception) -> OSError | None:
    """Finds the system's error; libraries written in Rust give theirs as text."""
    if isinstance(error, OSError):
        return error
    if match := re.search(r"\(os error (\d+)\)|code: (\d+)", str(error)):
        number = int(match[1] or match[2])
        return OSError(number, os.strerror(number))
    return None


def _damaged(file: Path, why: str) -> StoreError:
    return StoreError(
        f"a stored result is damaged: {why}",
        where=str(file),
        expected="the file as it was written",
        mend=f"restore it, or delete {file.parent} and run the cell again",
    )
