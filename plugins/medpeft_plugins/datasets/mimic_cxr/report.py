"""The sections of a radiology report."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

_HEADING = re.compile(r"^[ \t]*([A-Z][A-Z ,/()&-]{2,60}?)[ \t]*:", re.MULTILINE)
_WORDS = {
    "FINDINGS": "findings",
    "FINDING": "findings",
    "IMPRESSION": "impression",
    "IMPRESSIONS": "impression",
    "CONCLUSION": "impression",
    "CONCLUSIONS": "impression",
}
_LIKENESS = 0.85
"""From which a word of a heading is taken for a slip of the typist's."""


def sections(report: str) -> dict[str, str]:
    """Splits a report at its headings, lines that begin in capitals and a colon.

    Returns:
        The text under ``findings`` and ``impression``, where the report has them and they are
        not empty, with runs of white space made one. What stands under a heading of both, as
        ``FINDINGS AND IMPRESSION``, is both. A provisional reading does not count. Of two
        sections of a kind, the last does: it follows the preliminary ones.
    """
    found: dict[str, str] = {}
    for heading, following in pairwise([*_HEADING.finditer(report), None]):
        assert heading is not None, "only the end follows the last heading"
        end = following.start() if following else len(report)
        if text := " ".join(report[heading.end() : end].split()):
            found |= dict.fromkeys(_kinds(heading[1]), text)
    return found


@lru_cache(maxsize=4096)
def _kinds(heading: str) -> tuple[str, ...]:
    """Returns which sections a heading begins, typing errors forgiven."""
    words = re.findall("[A-Z]+", heading)
    if "PROVISIONAL" in words:
        return ()
    kinds = {
        kind
        for word in words
        for right, kind in _WORDS.items()
        if SequenceMatcher(None, word, right).ratio() >= _LIKENESS
    }
    return tuple(sorted(kinds))
