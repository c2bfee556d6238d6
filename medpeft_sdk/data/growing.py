"""A file that grows chunk by chunk, and of which a killed process leaves what is still good."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Container, Iterable
from contextlib import suppress
from pathlib import Path

Rows = list[int]


class GrowingFile:
    """A file in the making, with a journal beside it.

    The journal has a line for each chunk: a checksum of the chunk and of what it was made from,
    and rows that the writer wants to remember. A chunk counts only where it agrees with its line,
    so nothing depends on the order in which a disk keeps what it was given, and a chunk is made
    again where what it is made from has changed.

    Args:
        path: The file.
        header: The bytes that it begins with.
    """

    def __init__(self, path: Path, header: bytes) -> None:
        self._path, self._journal_path = path, path.with_suffix(".journal")
        for file in (path, self._journal_path):
            file.touch()
        self._data, self._journal = path.open("r+b"), self._journal_path.open("r+b")
        self._header = header

    def resume(self, chunks: Iterable[tuple[bytes, int]], *, allowed: Container[int]) -> list[Rows]:
        """Keeps the first chunks that are whole and cuts off the rest; `append` goes on from there.

        Args:
            chunks: For each chunk of the whole file, what it is made from, and its bytes.
            allowed: Rows that a chunk may remember; it is made again where it has others.

        Returns:
            What each chunk that was kept remembers.
        """
        kept: list[Rows] = []
        data_end = journal_end = 0
        if self._data.read(len(self._header)) == self._header:
            data_end = len(self._header)
            for (stamp, size), line in zip(chunks, self._journal, strict=False):
                rows = _remembered(line, _checksum(self._data.read(size), stamp))
                if rows is None or not all(row in allowed for row in rows):
                    break
                kept.append(rows)
                data_end, journal_end = data_end + size, journal_end + len(line)
        for file, end in ((self._data, data_end), (self._journal, journal_end)):
            file.seek(end)
            file.truncate()
        if not data_end:
            self._data.write(self._header)
        return kept

    def append(self, data: memoryview, stamp: bytes, rows: Rows) -> None:
        """Adds a chunk, and then its line to the journal."""
        self._data.write(data)
        self._data.flush()
        self._journal.write(json.dumps([_checksum(data, stamp), rows]).encode() + b"\n")
        self._journal.flush()

    def finish(self, target: Path) -> None:
        """Gives the file its name, once it is safely on the disk."""
        self._data.flush()
        os.fsync(self._data.fileno())
        self.close()
        self._path.replace(target)
        self._journal_path.unlink()

    def close(self) -> None:
        """Leaves the file as it is, to be resumed."""
        for file in (self._data, self._journal):
            # On a full disk, what is still to be written fails once more.
            with suppress(OSError):
                file.close()

    def remove(self) -> None:
        """Leaves nothing."""
        self.close()
        self._path.unlink(missing_ok=True)
        self._journal_path.unlink(missing_ok=True)


def _checksum(data: bytes | memoryview, stamp: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(stamp))


def _remembered(line: bytes, checksum: int) -> Rows | None:
    """Returns the rows of a journal's line; ``None`` where it is torn or tells of other data."""
    try:
        stated, rows = json.loads(line)
    except (ValueError, TypeError):
        return None
    return rows if stated == checksum else None
