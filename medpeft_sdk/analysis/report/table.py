"""A table, before it is a page's, a spreadsheet's or a paper's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from medpeft_sdk.analysis.student import Student
from medpeft_sdk.specs import Estimate

NONE = "—"
"""What stands where there is no number."""


@dataclass(frozen=True)
class Interval:
    """A number with the two ends of its interval, as far as they are known."""

    value: float
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, student: Student, within: tuple[float, float] | None = None) -> Interval:
        """Takes the interval of an estimate; cut to the values that a metric can have."""
        return cls(student.value, *(student.interval(within=within) or ()))

    @classmethod
    def read(cls, estimate: Estimate | None) -> Interval | None:
        """Takes the interval of a stored estimate; ``None`` where it is undefined."""
        if estimate is None or estimate.value is None:
            return None
        return cls(estimate.value, estimate.low, estimate.high)

    @property
    def ends(self) -> tuple[float, float] | None:
        """Both ends; ``None`` where they are not known."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def excludes_zero(self) -> bool:
        """Returns whether all of the interval is on one side of zero."""
        return self.ends is not None and not self.ends[0] <= 0 <= self.ends[1]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: Its head.
        show: Writes an entry for a reader; ``None`` is never handed to it.
        number: Whether entries are numbers, which are aligned to the right.
        long: Whether entries are sentences, which are broken into lines.
    """

    name: str
    show: Callable[[Any], str] = str
    number: bool = True
    long: bool = False

    @property
    def style(self) -> str:
        """The class of its entries on a page."""
        return "number" if self.number else "long" if self.long else "word"


@dataclass(frozen=True)
class Table:
    """A table of a report.

    Attributes:
        name: What its files are called.
        caption: What it shows, in a sentence.
        columns: The columns; the first one names the rows.
        rows: Entries: text, numbers, an `Interval`, or ``None`` where there is no answer.
        note: How to read it.
        folded: Whether the page shows it only when asked to.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    note: str = ""
    folded: bool = False
    kind: ClassVar[str] = "table"

    def texts(self) -> list[list[str]]:
        """Returns the rows as a person reads them."""
        return [
            [
                NONE if entry is None else column.show(entry)
                for column, entry in zip(self.columns, row, strict=True)
            ]
            for row in self.rows
        ]


def text_column(name: str, *, long: bool = False) -> Column:
    """Returns a column of words."""
    return Column(name, number=False, long=long)
