"""The paths of a table, and what lies beside the images that they name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from medpeft_plugins.datasets.csv_file.filled import check_filled
from medpeft_plugins.datasets.files import SUFFIXES, visible
from medpeft_plugins.datasets.listed import check_once
from medpeft_sdk.errors import DataError


def relative_paths(
    stated: Sequence[str], images: Path, *, table: Path, column: str
) -> tuple[str, ...]:
    """Returns each image's path relative to the images: one spelling, the same on all machines.

    Raises:
        DataError: A row has no path, one leads out of the folder or begins with a drive, or two
            rows name one image.
    """
    check_filled("path", stated, table=table, column=column)
    folder = os.path.normpath(images)
    paths: list[str] = []
    for name in stated:
        # Links are not followed: one to an image elsewhere is the user's choice.
        path = PurePath(os.path.normpath(Path(folder, _with_slashes(name, folder))))
        drive = PureWindowsPath(name).drive
        if drive and os.name != "nt" and not Path(folder, name).is_file():
            raise DataError(
                f"the path {name} begins with {drive}, which is a drive of another machine",
                where=f"{table}, column {column}",
                expected=f"paths relative to {folder}",
                mend="take out of the table what is the same for all images, and name the folder "
                "in its place: images=FOLDER",
            )
        if not path.is_relative_to(folder):
            raise DataError(
                f"the path {name} leads out of the folder of the images",
                where=f"{table}, column {column}",
                expected=f"paths relative to {folder}, or below it",
                mend="name the folder that all images have in common: images=FOLDER",
            )
        paths.append(path.relative_to(folder).as_posix())
    check_once(paths, table)
    return tuple(paths)


def _with_slashes(name: str, folder: str) -> str:
    """Reads backslashes as Windows does, unless a file is called so."""
    if "\\" not in name or Path(folder, name).is_file():
        return name
    return name.replace("\\", "/")


def unlisted(paths: Sequence[str], images: Path) -> list[str]:
    """Returns the images that lie in the folders of those that a table names, and are not named."""
    folders = {PurePosixPath(path).parent for path in paths}
    found = (
        (inner / entry.name).as_posix()
        for inner in folders
        if (images / inner).is_dir()
        for entry in visible(images / inner)
        if entry.suffix.lower() in SUFFIXES
    )
    return sorted(name for name in set(found) - set(paths) if (images / name).is_file())
