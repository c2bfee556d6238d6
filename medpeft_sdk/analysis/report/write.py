"""From evidence to files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.files import section_files
from medpeft_sdk.analysis.report.page import page
from medpeft_sdk.analysis.report.parts import Section
from medpeft_sdk.analysis.report.sections import SECTIONS
from medpeft_sdk.analysis.report.sections.reproduce import PROTOCOL_FILE, protocol_toml
from medpeft_sdk.drawing import Drawing
from medpeft_sdk.errors import StoreError
from medpeft_sdk.processes import share
from medpeft_sdk.results import write_output
from medpeft_sdk.results.collection import no_collection

_FEW = 4
"""Figures that are drawn before another process would have begun to."""

_PAGE = b"<!doctype html"
"""How a page begins, in small letters."""


@dataclass(frozen=True)
class Written:
    """What a report consists of.

    Attributes:
        page: The HTML file.
        assets: The folder of the others.
        names: What they are called.
    """

    page: Path
    assets: Path
    names: tuple[str, ...]


def assets_beside(output: Path) -> Path:
    """Returns the usual folder of figures and tables: ``report-files`` of ``report.html``.

    The name differs from the page's, which may well be that of the results folder.
    """
    return output.with_name(f"{output.stem}-files")


def check_writable(output: Path, assets: Path) -> None:
    """Raises `StoreError` where a report could not be written, before any work is done for it.

    Nothing is made. A file in the page's place has to be a page, or empty.
    """
    at = assets
    try:
        folder = assets.absolute()
        made = [*takewhile(lambda f: not f.exists(), (folder, *folder.parents))]
        above = made[-1].parent if made else folder
        # The page's folder may be made with that of the assets.
        needed = [f for f in (output.absolute().parent, above) if f not in made]
        refused = [f for f in needed if not os.access(f, os.W_OK | os.X_OK)]
        at = output
        stranger = output.is_file() and not _is_page(output)
    except OSError as error:
        raise _unwritable(at, error.strerror or str(error)) from error
    if not above.is_dir():
        raise _unwritable(above, "it is not a folder")
    if refused:
        why = "permission denied" if refused[0].exists() else "there is no such folder"
        raise _unwritable(refused[0], why)
    if output.is_dir():
        raise _unwritable(output, "it is a folder")
    if stranger:
        raise StoreError(
            "the report would replace a file that is no page",
            where=str(output),
            expected="a new file, or a page that was written before",
            mend="choose another file with --output, or delete this one",
        )


def _is_page(file: Path) -> bool:
    with file.open("rb") as content:
        start = content.read(len(_PAGE))
    return start.lower() in (_PAGE, b"")


@no_collection()
def write_report(evidence: Evidence, output: Path, assets: Path) -> Written:
    """Writes the page, and beside it its figures (PNG, PDF), tables (CSV, LaTeX) and protocol.

    Equal evidence gives equal files.

    Args:
        evidence: From `gather`.
        output: The HTML file; replaced at once.
        assets: The folder of the other files, which is made; other files in it are left alone.

    Raises:
        StoreError: A file cannot be written.
    """
    check_writable(output, assets)
    sections = _drawn(evidence)
    files = {PROTOCOL_FILE: protocol_toml(evidence).encode()}
    for section in sections:
        files |= section_files(section)
    try:
        assets.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (assets / name).write_bytes(content)
    except OSError as error:
        raise _unwritable(assets, error.strerror or str(error)) from error
    write_output(output, page(evidence, sections))
    return Written(output, assets, tuple(sorted(files)))


def _drawn(evidence: Evidence) -> list[Section]:
    """Makes the sections; of many figures, others are drawn while the next are still made."""
    sections: list[Section] = []

    def drawings() -> Iterator[Drawing]:
        for make in SECTIONS:
            sections.append(make(evidence))
            yield from (part for part in sections[-1].parts if isinstance(part, Drawing))

    pictures = iter(share(Drawing.picture, drawings(), few=_FEW))
    return [
        replace(s, parts=tuple(next(pictures) if isinstance(p, Drawing) else p for p in s.parts))
        for s in sections
    ]


def _unwritable(path: Path, why: str) -> StoreError:
    return StoreError(
        f"the report cannot be written: {why}",
        where=str(path),
        expected="a file that can be written, in a folder with space left",
        mend="give another file with --output, or another folder with --assets",
    )
