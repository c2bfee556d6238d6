"""Unpacking what a distributor ships, without trusting it."""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, cast

from medpeft_sdk.data.disk import writing
from medpeft_sdk.errors import DataError, MedpeftError, StoreError

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
MOST_FILES = 2_000_000
MOST_BYTES = 2 << 40
MOST_RATIO = 100
"""How many times as large as its archive what is unpacked may be; images hardly shrink at all."""

_SMALL = 1 << 18
"""Bytes up to which an archive counts as one of so many: tables shrink a lot, and do no harm."""

_NO_FILE = "is a link or a device"


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        name: Its path, with ``/``.
        size: Its bytes, as the archive states them.
        fault: Why it cannot be unpacked, such as being a link; ``None`` for a plain file.
        open: Opens it.
    """

    name: str
    size: int
    fault: str | None
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
    packed: Path | None = None,
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
        packed: Where the archives among its files go; to the others if ``None``.
        wrap: Whether the files get a folder of the archive's name, where they do not all lie in
            one folder already.
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
        tops = {_top(member.name) for member in members}
        if wrap and (None in tops or len(tops) > 1):
            folder = folder / stem(archive)
        places = [
            (packed or folder if is_archive(Path(m.name)) else folder) / m.name for m in members
        ]
        work = list(zip(members, places, strict=True))
        absent = {place for member, place in work if not _is_there(archive, member, place)}
        _check_space(folder, sum(member.size for member, place in work if place in absent))
        for done, (member, place) in enumerate(work, 1):
            if place in absent:
                _write(archive, member, place)
            if on_progress:
                on_progress(done, len(work))
    return tuple(place for place in places if is_archive(place))


def _top(name: str) -> str | None:
    """Returns the folder that a member lies in, its outermost; ``None`` for one that lies free."""
    first, *rest = PurePosixPath(name).parts
    return first if rest else None


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
            fault = None if regular else _NO_FILE
            fault = "needs a password" if info.flag_bits & 1 else fault
            yield Member(info.filename, info.file_size, fault, partial(file.open, info))


def _tarred(file: tarfile.TarFile) -> Iterator[Member]:
    for info in file:
        if not info.isdir():
            opened = partial(file.extractfile, info)
            fault = None if info.isreg() else _NO_FILE
            yield Member(info.name, info.size, fault, cast("Callable[[], IO[bytes]]", opened))


def _checked(
    archive: Path, found: Iterable[Member], most_files: int, most_bytes: int
) -> list[Member]:
    """Returns all members; stops at the first that is refused, since listing unpacks a tar."""
    packed, total = archive.stat().st_size, 0
    members: dict[str, Member] = {}
    with _reading(archive):
        for member in found:
            name = _checked_name(archive, member)
            if name in members:
                raise _refused(archive, f"it holds '{name}' twice")
            members[name] = replace(member, name=name)
            total += member.size
            if len(members) > most_files:
                raise _refused(archive, f"it holds more than {most_files:,} files")
            if total > min(most_bytes, MOST_RATIO * max(packed, _SMALL)):
                raise _refused(archive, f"its {packed:,} bytes would become {total:,} or more")
    if not members:
        raise _refused(archive, "it is empty")
    folders = {str(folder) for name in members for folder in PurePosixPath(name).parents}
    if both := sorted(folders & members.keys()):
        raise _refused(archive, f"it holds '{both[0]}' as a file and as a folder")
    return list(members.values())


def _checked_name(archive: Path, member: Member) -> str:
    """Returns the name of a member in its one form, without ``./`` and ``//``."""
    path, windows = PurePosixPath(member.name), PureWindowsPath(member.name)
    if member.fault:
        raise _refused(archive, f"'{member.name}' {member.fault}")
    outside = path.is_absolute() or windows.drive or windows.root
    if outside or not path.parts or ".." in (*path.parts, *windows.parts):
        raise _refused(archive, f"'{member.name}' would be written outside of the folder")
    return str(path)


def _is_there(archive: Path, member: Member, target: Path) -> bool:
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
