"""The sections of a radiology report."""

from __future__ import annotations

import re

_HEADING = re.compile(r"^[ \t]*([A-Z][A-Z ,/()&-]{2,60}?)[ \t]*:", re.MULTILINE)
_NAMES = {
    "impression": ("IMPRESSION", "IMPRESSIONS", "CONCLUSION", "CONCLUSIONS"),
    "findings": ("FINDINGS", "FINDING", "FINDINGS AND IMPRESSION"),
}


def sections(report: str) -> dict[str, str]:
    """Splits a report at its headings, lines that begin in capitals and a colon.

    Returns:
        The text under ``impression`` and ``findings``, where the report has them and they are
        not empty, with runs of white space made one. Of two sections of a kind, the last counts:
        it is the one that was dictated last.
    """
    headings = list(_HEADING.finditer(report))
    found: dict[str, str] = {}
    for at, heading in enumerate(headings):
        end = headings[at + 1].start() if at + 1 < len(headings) else len(report)
        text = " ".join(report[heading.end() : end].split())
        for kind, names in _NAMES.items():
            if heading[1].strip() in names and text:
                found[kind] = text
    return found
