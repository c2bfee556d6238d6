"""What was read of many small files, kept so that it is read once."""

from __future__ import annotations

import gzip
import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from medpeft_sdk.data.cache import default_cache_folder

Value = TypeVar("Value")


def read_once(
    what: str, files: Sequence[Path], read: Callable[[Path], Value], *, version: int = 1
) -> list[Value]:
    """Returns what is read of each file, from the cache folder while the files stay as they are.

    The planner and every worker list the samples of a dataset; headers or reports of hundreds of
    thousands of files are too many to be read each time. A copy that is damaged, or that cannot be
    written, is as if there were none.

    Args:
        what: What is read, such as ``mimic_cxr-reports``: a file's name begins with it.
        files: The files. They count as the same while paths, sizes and times of change are.
        read: Reads one; what it returns can be written as JSON, and is the same afterwards.
        version: To be raised when `read` returns something else than before.
    """
    seen = json.dumps([version, [_stamp(file) for file in files]])
    key = hashlib.sha256(seen.encode()).hexdigest()[:20]
    copy = default_cache_folder() / f"{what}-{key}.json.gz"
    values = _load(copy)
    if values is None:
        values = [read(file) for file in files]
        _save(copy, values)
    return values


def _stamp(file: Path) -> tuple[str, int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return str(file.absolute()), -1, -1, -1
    # Copies may bring the time of the original along; that of the last change of state is new.
    return str(file.absolute()), found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _load(copy: Path) -> list[Any] | None:
    # Damage shows as one of many errors: gzip keeps a checksum.
    with suppress(Exception):
        return json.loads(gzip.decompress(copy.read_bytes()))
    return None


def _save(copy: Path, values: list[Any]) -> None:
    partial = copy.with_name(f".{copy.name}.{uuid.uuid4().hex}")
    with suppress(OSError):
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(gzip.compress(json.dumps(values).encode(), compresslevel=1))
            partial.replace(copy)
        finally:
            partial.unlink(missing_ok=True)
