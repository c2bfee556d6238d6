"""What tells a results folder from any other, and which rule named its cells."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from medpeft_sdk.errors import StoreError
from medpeft_sdk.results.atomic import write_text

MARKER = "medpeft-results.json"
"""The file that tells a results folder from any other."""

_FORMAT = 1


def write_marker(folder: Path, identity_version: int) -> None:
    """Makes a folder one of results; raises `StoreError` where it cannot be written."""
    marker = {"format": _FORMAT, "identity_version": identity_version}
    write_text(folder / MARKER, json.dumps(marker) + "\n")


def check_marker(folder: Path, identity_version: int) -> None:
    """Raises `StoreError` unless a folder holds results of this format and identity version."""
    marker = folder / MARKER
    try:
        document = json.loads(marker.read_bytes())
        form, identity = document["format"], document["identity_version"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreError(
            "this is not a folder of results",
            where=str(folder),
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
    check_identity(identity, identity_version, folder)


def check_identity(found: object, wanted: int, folder: Path) -> None:
    """Raises `StoreError` where a result, or a folder of them, has another identity version."""
    if found != wanted:
        raise StoreError(
            f"results of identity version {found} are not comparable with this version's",
            where=str(folder),
            expected=f"identity version {wanted}",
            mend="choose another folder for a new run, or read this one with the version of "
            "medpeft-sdk that wrote it",
        )


def told_once(errors: Iterable[StoreError], folder: Path) -> list[StoreError]:
    """Puts errors that say the same of several results into one about their folder."""
    alike: dict[str, list[StoreError]] = {}
    for error in errors:
        alike.setdefault(error.what, []).append(error)
    return [
        same[0]
        if len(same) == 1
        else StoreError(
            f"{len(same):,} {what}",
            where=str(folder),
            expected=same[0].expected,
            mend=same[0].mend,
        )
        for what, same in alike.items()
    ]
