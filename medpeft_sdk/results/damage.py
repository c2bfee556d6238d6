"""When a stored result is damaged: it, or a file beside it, is not as it was written.

Sizes tell most damage and cost little, so they are looked at whenever results are listed; digests
tell all of it, and are computed when a file is used. Either way it is the same error.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medpeft_sdk.digest import sha256
from medpeft_sdk.errors import DamagedError, DataError, MedpeftError, StoreError


def damaged(file: Path, why: str) -> DamagedError:
    """Makes the one message about a damaged result, of which the file is a part."""
    return DamagedError(
        f"a stored result is damaged: {why}",
        where=str(file),
        expected="the file as it was written",
        mend=f"restore it, or delete {file.parent} and run the cell again",
    )


def no_results(folder: Path, errors: Sequence[StoreError] = ()) -> MedpeftError:
    """Makes the one message about a folder of which no result can be read."""
    if len(errors) == 1:
        return errors[0]
    if errors:
        return StoreError(
            f"none of {len(errors):,} results can be read",
            where=str(folder),
            expected="at least one that is as it was written",
            mend=f"begin with the first:\n{errors[0]}",
        )
    return DataError(
        "there are no results",
        where=str(folder),
        expected="a folder that medpeft evaluate has written results to",
        mend="run medpeft evaluate first",
    )


def check_digest(file: Path, digest: str) -> None:
    """Raises `DamagedError` unless a file has its SHA-256 digest."""
    try:
        found = sha256(file)
    except OSError as error:
        raise damaged(file, error.strerror or str(error)) from error
    if found != digest:
        raise damaged(file, f"its SHA-256 is {found}, not {digest}")
