"""What lies in a folder of images."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medpeft_sdk.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".dcm", ".dicom")
_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar")
_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}


def visible(folder: Path) -> list[Path]:
    """Returns what a folder holds, by name, without what operating systems leave behind.

    Raises:
        DataError: The folder cannot be read.
    """
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        raise DataError(
            f"a folder cannot be read: {error.strerror}",
            where=str(folder),
            expected="a readable folder",
            mend="correct its permissions",
        ) from error
    return sorted(
        entry
        for entry in entries
        if not entry.name.startswith(".") and entry.name.lower() not in _LITTER
    )


def folders(folder: Path) -> list[Path]:
    """Returns the folders in a folder, by name."""
    return [entry for entry in visible(folder) if entry.is_dir()]


def images(folder: Path) -> list[Path]:
    """Returns the images of a class folder, masks among them, by name.

    Raises:
        DataError: The folder is missing or empty, or holds something that is not an image.
    """
    if not folder.is_dir():
        raise DataError(
            f"the class folder '{folder.name}' is missing",
            where=str(folder.parent),
            expected=f"{folder.name}/ with the images of this class",
            mend=unpack(folder.parent)
            or "unpack the whole set, or point to the folder that holds the class folders",
        )
    entries = visible(folder)
    strangers = [e for e in entries if e.is_dir() or e.suffix.lower() not in SUFFIXES]
    if strangers:
        deeper = all(entry.is_dir() for entry in entries)
        raise DataError(
            f"the class folder '{folder.name}' holds other things than images: {some(strangers)}",
            where=str(folder),
            expected="files that end in " + ", ".join(SUFFIXES),
            mend="the images lie one level too deep: move them up"
            if deeper
            else "move them elsewhere, or point to the folder that holds the class folders",
        )
    if not entries:
        raise DataError(
            f"the class folder '{folder.name}' is empty",
            where=str(folder),
            expected="the images of this class",
            mend="unpack the archive again, or remove the folder",
        )
    return entries


def sizes(files: Sequence[Path]) -> npt.NDArray[np.int64]:
    """Returns the bytes of each file; raises `DataError` where one cannot be read."""
    found = np.empty(len(files), dtype=np.int64)
    for row, file in enumerate(files):
        try:
            state = file.stat()
        except OSError as error:
            raise DataError(
                f"an image cannot be read: {error.strerror}",
                where=str(file),
                expected="a readable file",
                mend="complete the folder, or remove the broken link",
            ) from error
        # A pipe would be waited for without end.
        if not stat.S_ISREG(state.st_mode):
            raise DataError(
                "an image is no regular file",
                where=str(file),
                expected="a file, not a folder, pipe or device",
                mend="remove it",
            )
        found[row] = state.st_size
    return found


def is_packed(path: Path) -> bool:
    """Tells an archive by its name; a packed table is none."""
    return path.suffix.lower() in _ARCHIVES and ".csv" not in path.name and not path.is_dir()


def unpack(folder: Path) -> str | None:
    """Returns what to do about archives that lie in a folder as they came; ``None`` without any."""
    packed = [entry for entry in visible(folder) if is_packed(entry)]
    return f"unpack {some(packed)} into this folder" if packed else None


def some(paths: list[Path]) -> str:
    """Names a few of the files."""
    named = ", ".join(path.name for path in paths[:3])
    return named if len(paths) <= 3 else f"{named} and {len(paths) - 3} more"
