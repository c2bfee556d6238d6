"""Files and folders that are there as a whole or not at all, whenever the power fails.

Everything is written under a temporary name on the same file system, flushed to the disk, and
renamed; a rename is atomic. What that costs and does not give:

- Two flushes a file, and one for each folder: some milliseconds on a local disk, more on a
  network one. A cell trains for seconds at least, so this is not felt.
- A folder cannot replace another in one step on all systems: the old one is renamed away first.
  A kill between the two renames leaves neither in place. The store replaces only results that
  are to be repeated anyway.
- On a network file system the rename is atomic for its server; a client may see it late.
"""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from medpeft_sdk.errors import StoreError, mend_of

_ATTEMPTS = 100
_OCCUPIED = {errno.ENOTEMPTY, errno.EEXIST, *((errno.EACCES,) if os.name == "nt" else ())}
"""What systems answer where a folder is to be renamed to one that holds something."""


def write_text(path: Path, text: str) -> None:
    """Writes a text file in UTF-8, replacing what is there at once; parents must exist.

    What is not a regular file, such as ``/dev/stdout``, is written to directly.

    Raises:
        StoreError: The file cannot be written.
    """
    try:
        _write_text(path, text)
    except OSError as error:
        raise unwritable(error, path) from error


def check_replaceable(path: Path, *suffixes: str) -> None:
    """Raises `StoreError` where a file stands in the place of an output and is of another kind.

    Args:
        path: The file that a user asked for.
        suffixes: What the names of such files end in; an empty file may have any name.
    """
    stranger = False
    # Where the system cannot tell, it says so itself when the file is written.
    with suppress(OSError):
        stranger = (
            path.suffix.lower() not in suffixes and path.is_file() and path.stat().st_size > 0
        )
    if stranger:
        raise StoreError(
            f"a file is in the way whose name does not end in {' or '.join(suffixes)}",
            where=str(path),
            expected="a new file, or one of this kind, which may be replaced",
            mend="choose another file with --output, or delete this one",
        )


def write_output(path: Path, text: str) -> None:
    """Writes a file that a user asked for as `write_text` does; its error speaks of it alone."""
    try:
        _write_text(path, text)
    except OSError as error:
        raise StoreError(
            f"the file cannot be written: {error.strerror or error}",
            where=str(path),
            expected="a path in a folder that can be written to, with space left",
            mend=", or ".join(filter(None, (mend_of(error), "choose another path"))),
        ) from error


def _write_text(path: Path, text: str) -> None:
    # A link stays, and what it points to is replaced.
    target = path.resolve()
    if target.exists() and not target.is_file():
        target.write_text(text, encoding="utf-8")
        return
    with new_file(target, target.with_name(f".{uuid.uuid4().hex}")) as temporary:
        temporary.write_bytes(text.encode())


@contextmanager
def new_file(target: Path, temporary: Path) -> Generator[Path]:
    """Gives the path of a file to write, which takes its place when the block ends well.

    Args:
        target: Where it shall be; what is there is replaced.
        temporary: Where it is written: a name that does not exist, on the same file system.

    Yields:
        ``temporary``.
    """
    try:
        yield temporary
        flush(temporary)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    flush(target.parent)


@contextmanager
def new_folder(target: Path, temporary: Path) -> Generator[Path]:
    """Gives an empty folder to fill, which takes its place when the block ends without an error.

    Args:
        target: Where it shall be; what is there is replaced.
        temporary: Where it is filled: a name that does not exist, on the same file system.

    Yields:
        ``temporary``.
    """
    try:
        temporary.mkdir(parents=True)
        yield temporary
        for file in temporary.iterdir():
            flush(file)
        flush(temporary)
        _put_in_place(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def flush(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows flushes no folders.
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(error: OSError, path: Path) -> StoreError:
    """Makes the one message about a file that cannot be written, for whatever reason."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return StoreError(
        f"results cannot be written: {error.strerror or error}",
        where=str(path),
        expected="a folder that can be written to, with space left",
        mend=("free some space" if full else "choose another folder, or change who may write there")
        + "; all finished results are kept, and the same command goes on from there",
    )


def _put_in_place(folder: Path, target: Path) -> None:
    # More than one attempt is needed only where others put theirs there in between.
    for attempt in range(_ATTEMPTS):
        try:
            folder.rename(target)
            flush(target.parent)
            return
        except OSError as error:
            if error.errno not in _OCCUPIED or attempt == _ATTEMPTS - 1:
                raise
        old = folder.with_name(f"{folder.name}.old{attempt}")
        with suppress(FileNotFoundError):
            target.rename(old)
        shutil.rmtree(old, ignore_errors=True)
