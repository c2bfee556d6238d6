"""The one way in which medpeft_sdk says that something is wrong and how to mend it."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable


class MedpeftError(Exception):
    """A mistake that its reader can mend; the command line prints it and exits with 2.

    Args:
        what: What is wrong, in one clause.
        where: The file, option, plugin or cell in which it was found.
        expected: What would have been right.
        mend: What to do about it.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        mend: str | None = None,
    ) -> None:
        self.what, self.where, self.expected, self.mend = what, where, expected, mend
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what]
        for name in ("where", "expected", "mend"):
            if text := getattr(self, name):
                indented = str(text).replace("\n", "\n" + " " * 12)
                lines.append(f"  {name + ':':9} {indented}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.expected, self.mend))


def _rebuild(
    kind: type[MedpeftError],
    what: str,
    where: str | None,
    expected: str | None,
    mend: str | None,
) -> MedpeftError:
    return kind(what, where=where, expected=expected, mend=mend)


class SpecError(MedpeftError):
    """Data that does not fit a spec: an unknown field, a wrong type, a value out of bounds."""


class UnknownNameError(MedpeftError):
    """A name that nothing is registered under."""


class PluginError(MedpeftError):
    """A plugin that cannot be loaded, or that breaks the contract of its hook."""


class DataError(MedpeftError):
    """Files or labels that are missing, unreadable or not what the dataset promises."""


class WeightsError(MedpeftError):
    """Weights that are missing, altered or do not fit their architecture."""


class StoreError(MedpeftError):
    """A results folder that cannot be written, or was written by another identity version."""


class DamagedError(StoreError):
    """A stored result, or a file beside it, that is not as it was written."""


class UnsupportedError(MedpeftError):
    """A method that cannot act on a backbone or a task; the cell becomes a row with this reason."""


class DivergedError(MedpeftError):
    """A training run whose loss stopped being finite; the cell becomes a row with this reason."""


_MENDS = (
    ((errno.ENOSPC, errno.EDQUOT), "free some space"),
    ((errno.EACCES, errno.EPERM, errno.EROFS), "change who may write there"),
    ((errno.ENAMETOOLONG,), "shorten the name"),
    ((errno.ENOTDIR, errno.EEXIST, errno.EISDIR), "move away what stands in its place"),
    ((errno.ENOENT,), "make its folder"),
)


def mend_of(error: OSError) -> str | None:
    """Says what to do about a file or folder that a system did not write, by its reason."""
    return next((mend for codes, mend in _MENDS if error.errno in codes), None)


def unknown_name(
    kind: str,
    name: str,
    known: Iterable[str],
    *,
    where: str | None = None,
    mend: str | None = None,
    lister: str | None = None,
) -> UnknownNameError:
    """Builds the error for an unknown name, with the nearest known names as a suggestion.

    Args:
        kind: What the name should have named, such as ``"method"``.
        name: The unknown name.
        known: The names that would have been right.
        where: The option or file that held the name.
        mend: What to do where no known name is near.
        lister: The command that lists the names, where there are too many to name.
    """
    names = sorted(known)
    near = nearest(name, names)
    told = f", see {lister}" if lister else ""
    listed = ", ".join(names) if len(names) <= 12 else f"one of {len(names):,} names{told}"
    return UnknownNameError(
        f"no {kind} is called '{name}'",
        where=where,
        expected=listed or "there is none",
        mend=f"did you mean {' or '.join(near)}?" if near else mend,
    )


def nearest(name: str, names: Iterable[str], *, likeness: float = 0.5) -> list[str]:
    """Returns up to three names alike, whatever their case and whatever prefix they have.

    Args:
        name: What was given.
        names: What would have been right.
        likeness: From which ratio of `difflib` two names are alike. At a half, the first part of
            a name is: ``vpt`` is like ``vpt_deep``.
    """
    plain: dict[str, str] = {}
    for known in names:
        plain.setdefault(known.lower(), known)
        plain.setdefault(known.lower().rpartition("/")[2], known)
    found = difflib.get_close_matches(name.lower(), plain, n=3, cutoff=likeness)
    return list(dict.fromkeys(plain[key] for key in found))
