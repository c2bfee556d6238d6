"""The sizes and times of files: of very many, asked for in one call."""
# pyright: standard
# Arrow's library has no types.

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

_BATCH = 10_000
"""Files that are asked about in one call, so that what is made for them fits into little memory."""

_MANY = 100
"""Files from which loading Arrow's file systems is worth its time."""


class Files(NamedTuple):
    """What the system says of files, in their order; ``None`` for one that is not there.

    Attributes:
        sizes: Bytes.
        times: When each last changed, in nanoseconds since 1970.
    """

    sizes: list[int | None]
    times: list[int | None]


def look_up(files: Iterable[str]) -> Files:
    """Asks about files; of many, in calls that leave the interpreter to others meanwhile."""
    found, rest = Files([], []), iter(files)
    while batch := list(islice(rest, _BATCH)):
        ask = _many if len(batch) >= _MANY else _few
        for told, more in zip(found, ask(batch), strict=True):
            told += more
    return found


def _many(files: list[str]) -> Files:
    from pyarrow.fs import LocalFileSystem

    # One that cannot be asked about fails all; a path may have a name that is no text.
    with suppress(OSError, ValueError):
        found = LocalFileSystem().get_file_info(files)
        return Files([info.size for info in found], [info.mtime_ns for info in found])
    return _few(files)


def _few(files: list[str]) -> Files:
    pairs = [_ask(file) for file in files]
    return Files([size for size, _ in pairs], [time for _, time in pairs])


def _ask(file: str) -> tuple[int | None, int | None]:
    try:
        found = os.stat(file)  # noqa: PTH116 - a path costs more than the call
    except OSError:
        return None, None
    return found.st_size, found.st_mtime_ns
