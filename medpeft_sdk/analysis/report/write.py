"""From evidence to files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from medpeft_sdk.analysis.report.evidence import Evidence
from medpeft_sdk.analysis.report.files import section_files
from medpeft_sdk.analysis.report.page import page
from medpeft_sdk.analysis.report.sections import SECTIONS
from medpeft_sdk.analysis.report.sections.reproduce import PROTOCOL_FILE, protocol_toml
from medpeft_sdk.errors import StoreError
from medpeft_sdk.results import write_output
from medpeft_sdk.results.collection import no_collection


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
    """Raises `StoreError` where a report could not be written, before any work is done for it."""
    try:
        assets.mkdir(parents=True, exist_ok=True)
        refused = [f for f in (output.parent, assets) if not os.access(f, os.W_OK | os.X_OK)]
    except OSError as error:
        raise _unwritable(assets, error.strerror or str(error)) from error
    if refused or output.is_dir():
        why = "permission denied" if refused else "it is a folder"
        raise _unwritable(refused[0] if refused else output, why)


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
    sections = [make(evidence) for make in SECTIONS]
    files = {PROTOCOL_FILE: protocol_toml(evidence).encode()}
    for section in sections:
        files |= section_files(section)
    try:
        for name, content in files.items():
            (assets / name).write_bytes(content)
    except OSError as error:
        raise _unwritable(assets, error.strerror or str(error)) from error
    write_output(output, page(evidence, sections))
    return Written(output, assets, tuple(sorted(files)))


def _unwritable(path: Path, why: str) -> StoreError:
    return StoreError(
        f"the report cannot be written: {why}",
        where=str(path),
        expected="a file that can be written, in a folder with space left",
        mend="give another file with --output, or another folder with --assets",
    )
