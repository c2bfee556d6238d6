"""What a section of a report is made of; a table is in `table`, a drawing in `drawing`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from medpeft_sdk.analysis.report.table import Table
from medpeft_sdk.drawing import Drawing, Picture


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Caution:
    """A paragraph that must not be overlooked."""

    text: str
    kind: ClassVar[str] = "caution"


@dataclass(frozen=True)
class Finding:
    """A sentence that the statistics say.

    Attributes:
        claim: The sentence, with its interval.
        basis: What it rests on: how many runs and patients, which test.
    """

    claim: str
    basis: str


@dataclass(frozen=True)
class Findings:
    """Findings, the most important first."""

    findings: tuple[Finding, ...]
    kind: ClassVar[str] = "findings"


@dataclass(frozen=True)
class Facts:
    """Names and what stands for them, such as a protocol and its digest."""

    facts: tuple[tuple[str, str], ...]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Commands:
    """Commands or a file, to be copied."""

    text: str
    kind: ClassVar[str] = "commands"


@dataclass(frozen=True)
class Absent:
    """A word on what these results cannot tell.

    Attributes:
        why: Why not, as a clause.
    """

    why: str
    kind: ClassVar[str] = "absent"


Part = Text | Caution | Findings | Facts | Commands | Absent | Table | Drawing | Picture


@dataclass(frozen=True)
class Section:
    """A section of a report.

    Attributes:
        title: Its heading.
        parts: What it shows, in their order.
    """

    title: str
    parts: tuple[Part, ...]

    @property
    def anchor(self) -> str:
        """What a link to it ends in."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")
