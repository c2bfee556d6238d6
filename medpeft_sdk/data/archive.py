"""Unpacking what a distributor ships, without trusting it."""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, cast

from medpeft_sdk.data.disk import writing
from medpeft_sdk.errors import DataError, MedpeftError, StoreError

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
        regular: Whether it is a plain file, neither a link nor a device.
        open: Opens it.
    """

    name: str
    size: int
    regular: bool
    open: Callable[[], IO[bytes]]


def is_archive(path: Path) -> bool:
    """Tells an archive by its ending."""
    return path.name.lower().endswith(ENDINGS)


def stem(archive: Path) -> str:
    """Returns the name of an archive without its ending."""
    ending = next(e for e in ENDINGS if archive.name.lower().endswith(e))
    return archive.name[: -len(ending)]


def unpack(
    archive: Path,
    folder: Path,
    *,
    wrap: bool = False,
    most_files: int = MOST_FILES,
    most_bytes: int = MOST_BYTES,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Path, ...]:
    """Unpacks a zip or tar archive into a folder; files of its that are there are left alone.

    Everything is checked before anything is written: paths that leave the folder, links, devices,
    too many files, too many bytes, files that would be overwritten by others. A file is written
    under another name and renamed when it is whole, so that an unpacking that was killed can be
    repeated.

    Args:
        archive: The archive.
        folder: Where its files go; it is made where it is not there.
        wrap: Whether the files get a folder of the archive's name, where they do not all lie in
            one already.
        most_files: Files that are accepted.
        most_bytes: Bytes that are accepted, unpacked.
        on_progress: Called with the files done and their number.

    Returns:
        The archives among its files, which are not unpacked.

    Raises:
        DataError: The archive is damaged, or holds what it must not.
        StoreError: The folder cannot be written, or its disk is full.
    """
    with _opened(archive) as found:
        members = _checked(archive, found, most_files, most_bytes)
        if wrap and any(PurePosixPath(m.name).parts[0] != stem(archive) for m in members):
            folder = folder / stem(archive)
        absent = {m.name for m in members if not _is_there(archive, m, folder)}
        _check_space(folder, sum(m.size for m in members if m.name in absent))
        for done, member in enumerate(members, 1):
            if member.name in absent:
                _write(archive, member, folder / member.name)
            if on_progress:
                on_progress(done, len(members))
    return tuple(p for p in (folder / member.name for member in members) if is_archive(p))


@contextmanager
def _opened(archive: Path) -> Iterator[Iterator[Member]]:
    if not is_archive(archive):
        raise DataError(
            "a file is not an archive that can be unpacked",
            where=str(archive),
            expected=f"a file that ends in {', '.join(ENDINGS)}",
            mend="unpack it by hand, and give the folder",
        )
    with _reading(archive):
        file = (
            zipfile.ZipFile(archive) if archive.suffix.lower() == ".zip" else tarfile.open(archive)  # noqa: SIM115
        )
    with file:
        yield _zipped(file) if isinstance(file, zipfile.ZipFile) else _tarred(file)


def _zipped(file: zipfile.ZipFile) -> Iterator[Member]:
    for info in file.infolist():
        if not info.is_dir():
            # Systems without such modes write 0.
            regular = stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
            yield Member(info.filename, info.file_size, regular, partial(file.open, info))


def _tarred(file: tarfile.TarFile) -> Iterator[Member]:
    for info in file:
        if not info.isdir():
            opened = partial(file.extractfile, info)
            yield Member(
                info.name, info.size, info.isreg(), cast("Callable[[], IO[bytes]]", opened)
            )


def _checked(
    archive: Path, found: Iterable[Member], most_files: int, most_bytes: int
) -> list[Member]:
    """Returns all members; stops at the first that is refused, since listing unpacks a tar."""
    packed, total = archive.stat().st_size, 0
    members: dict[str, Member] = {}
    with _reading(archive):
        for member in found:
            _check_path(archive, member)
            if member.name in members:
                raise _refused(archive, f"it holds '{member.name}' twice")
            members[member.name] = member
            total += member.size
            if len(members) > most_files:
                raise _refused(archive, f"it holds more than {most_files:,} files")
            if total > min(most_bytes, MOST_RATIO * max(packed, 1 << 16)):
                raise _refused(archive, f"its {packed:,} bytes would become {total:,} or more")
    if not members:
        raise _refused(archive, "it is empty")
    return list(members.values())


def _check_path(archive: Path, member: Member) -> None:
    path, windows = PurePosixPath(member.name), PureWindowsPath(member.name)
    if not member.regular:
        raise _refused(archive, f"'{member.name}' is a link or a device")
    outside = path.is_absolute() or windows.drive or windows.root
    if outside or not path.parts or ".." in (*path.parts, *windows.parts):
        raise _refused(archive, f"'{member.name}' would be written outside of the folder")


def _is_there(archive: Path, member: Member, folder: Path) -> bool:
    target = folder / member.name
    try:
        found = target.stat()
    except OSError:
        return False
    if not stat.S_ISREG(found.st_mode) or found.st_size != member.size:
        raise DataError(
            f"'{member.name}' is there already, and it is not the archive's",
            where=str(target),
            expected=f"nothing, or a file of {member.size:,} bytes, as in {archive.name}",
            mend="unpack into an empty folder, or move the file away",
        )
    return True


def _check_space(folder: Path, size: int) -> None:
    with _writing(folder):
        parent = next(p for p in (folder, *folder.absolute().parents) if p.exists())
        free = shutil.disk_usage(parent).free
    if free < size:
        raise StoreError(
            f"the disk is too small: {size:,} bytes are to be unpacked and {free:,} are free",
            where=str(folder),
            mend="free some space, or unpack to another disk",
        )


def _write(archive: Path, member: Member, target: Path) -> None:
    torn = target.with_name(f".{target.name}.partial")
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        output = torn.open("wb")
    try:
        with output:
            for block in _blocks(archive, member):
                with _writing(target):
                    output.write(block)
        with _writing(target):
            torn.replace(target)
    finally:
        torn.unlink(missing_ok=True)


def _blocks(archive: Path, member: Member) -> Iterator[bytes]:
    left = member.size
    with _reading(archive), member.open() as source:
        while block := source.read(1 << 20):
            left -= len(block)
            yield block
        if left:
            raise _refused(archive, f"'{member.name}' has another size than it states")


@contextmanager
def _reading(archive: Path) -> Iterator[None]:
    try:
        yield
    except MedpeftError:
        raise
    # A damaged archive makes its readers raise nearly anything.
    except Exception as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            f"an archive cannot be read: {why}",
            where=str(archive),
            expected=f"a whole archive without a password: {', '.join(ENDINGS)}",
            mend="correct the path, or fetch the archive again",
        ) from error


def _writing(target: Path) -> AbstractContextManager[None]:
    return writing(
        target,
        "a file cannot be unpacked",
        otherwise="unpack to another folder; the same command then goes on",
    )


def _refused(archive: Path, why: str) -> DataError:
    return DataError(
        f"an archive is not unpacked: {why}",
        where=str(archive),
        expected="files inside of one folder, as the distributor packs them",
        mend="fetch it again from its distributor; if it is meant to be so, unpack it by hand",
    )
