"""Unpacking what a distributor ships, without trusting it."""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from medpeft_sdk.errors import DataError, StoreError

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
MOST_FILES = 2_000_000
MOST_BYTES = 2 << 40
MOST_RATIO = 1000
"""How many times as large as its archive what is unpacked may be; images hardly shrink at all."""


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        name: Its path, with ``/``.
        size: Its bytes, as the archive states them.
        open: Opens it.
    """

    name: str
    size: int
    open: Callable[[], IO[bytes]]


def is_archive(path: Path) -> bool:
    """Tells an archive by its ending."""
    return path.name.lower().endswith(ENDINGS)


def unpack(
    archive: Path,
    folder: Path,
    *,
    most_files: int = MOST_FILES,
    most_bytes: int = MOST_BYTES,
    on_progress: Callable[[int, int], None] | None = None,
) -> int:
    """Unpacks a zip or tar archive into a folder; files that are there already are left alone.

    Everything is checked before anything is written: paths that leave the folder, links, devices,
    too many files, too many bytes. A file is written under another name and renamed when it is
    whole, so that an unpacking that was stopped can be repeated.

    Args:
        archive: The archive.
        folder: Where its files go; it is made where it is not there.
        most_files: Files that are accepted.
        most_bytes: Bytes that are accepted, unpacked.
        on_progress: Called with the files done and their number.

    Returns:
        The number of files that were written.

    Raises:
        DataError: The archive is damaged, or holds what it must not.
        StoreError: The folder cannot be written, or its disk is full.
    """
    with _members(archive) as members:
        _check(archive, members, folder, most_files, most_bytes)
        written = 0
        for done, member in enumerate(members, 1):
            target = folder / member.name
            if not (target.is_file() and target.stat().st_size == member.size):
                _write(archive, member, target)
                written += 1
            if on_progress:
                on_progress(done, len(members))
    return written


@contextmanager
def _members(archive: Path) -> Iterator[list[Member]]:
    try:
        if archive.suffix.lower() == ".zip":
            with zipfile.ZipFile(archive) as file:
                yield [
                    Member(i.filename, i.file_size, lambda i=i: file.open(i))
                    for i in file.infolist()
                    if not i.is_dir() and _plain(archive, i.filename, i.external_attr >> 16)
                ]
        else:
            with tarfile.open(archive) as file:
                yield [
                    Member(i.name, i.size, lambda i=i: _opened(file, i))
                    for i in file
                    if not i.isdir() and _regular(archive, i)
                ]
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, NotImplementedError) as error:
        raise DataError(
            f"an archive is damaged: {error}",
            where=str(archive),
            expected=f"a whole archive that ends in {', '.join(ENDINGS)}",
            mend="fetch it again",
        ) from error
    except OSError as error:
        raise DataError(
            f"an archive cannot be read: {error.strerror or error}",
            where=str(archive),
            expected="a readable file",
            mend="correct the path, or fetch it again",
        ) from error
    except RuntimeError as error:
        raise DataError(
            f"an archive cannot be read: {error}",
            where=str(archive),
            expected="an archive without a password",
            mend="unpack it by hand and point to the folder",
        ) from error


def _opened(file: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    opened = file.extractfile(member)
    assert opened is not None, "a regular file can be opened"
    return opened


def _plain(archive: Path, name: str, mode: int) -> bool:
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise _refused(archive, f"'{name}' is a link or a device")
    return True


def _regular(archive: Path, member: tarfile.TarInfo) -> bool:
    if not member.isreg():
        raise _refused(archive, f"'{member.name}' is a link or a device")
    return True


def _check(
    archive: Path, members: list[Member], folder: Path, most_files: int, most_bytes: int
) -> None:
    for member in members:
        parts = PurePosixPath(member.name).parts
        windows = PureWindowsPath(member.name)
        if ".." in (*parts, *windows.parts) or member.name.startswith("/") or windows.drive:
            raise _refused(archive, f"'{member.name}' would be written outside of the folder")
    if len(members) > most_files:
        raise _refused(archive, f"it holds {len(members):,} files; at most {most_files:,} are read")
    total = sum(member.size for member in members)
    packed = archive.stat().st_size
    if total > most_bytes or total > MOST_RATIO * max(packed, 1 << 16):
        raise _refused(archive, f"its {packed:,} bytes would become {total:,}")
    if not members:
        raise _refused(archive, "it is empty")
    parent = next(p for p in (folder, *folder.parents) if p.exists())
    if (free := shutil.disk_usage(parent).free) < total:
        raise StoreError(
            f"the disk is too small: {total:,} bytes are to be unpacked and {free:,} are free",
            where=str(folder),
            mend="free some space, or unpack to another disk",
        )


def _write(archive: Path, member: Member, target: Path) -> None:
    partial = target.with_name(f".{target.name}.partial")
    left = member.size
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as output, member.open() as source:
            while block := source.read(1 << 20):
                left -= len(block)
                if left < 0:
                    raise _refused(archive, f"'{member.name}' is larger than it states")
                output.write(block)
        partial.replace(target)
    except zipfile.BadZipFile:
        raise
    except OSError as error:
        raise StoreError(
            f"a file cannot be unpacked: {error.strerror or error}",
            where=str(target),
            expected="a folder that can be written, on a disk with enough space",
            mend="free some space, or unpack to another folder",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _refused(archive: Path, why: str) -> DataError:
    return DataError(
        f"an archive is not unpacked: {why}",
        where=str(archive),
        expected="files inside of one folder, as the distributor packs them",
        mend="fetch it again from its distributor; if it is meant to be so, unpack it by hand",
    )
