"""Figures and tables as files, ready for a paper."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from medpeft_sdk.analysis.report.parts import Section
from medpeft_sdk.analysis.report.table import Interval, Table
from medpeft_sdk.drawing import Picture
from medpeft_sdk.results.latex import escape

_SYMBOLS = str.maketrans(
    {"−": "$-$", "×": r"$\times$", "≥": r"$\geq$", "—": "--", "<": "$<$", ">": "$>$"}
)


def section_files(section: Section) -> dict[str, bytes]:
    """Returns the files of a section by their names: two a figure, two a table."""
    found: dict[str, bytes] = {}
    for part in section.parts:
        if isinstance(part, Picture):
            name = file_name(part.name)
            found |= {f"{name}.pdf": part.pdf, f"{name}.png": part.png}
        elif isinstance(part, Table):
            name = file_name(part.name)
            found |= {f"{name}.csv": to_csv(part).encode(), f"{name}.tex": to_latex(part).encode()}
    return found


def file_name(name: str) -> str:
    """Makes a file name of any name, such as that of a dataset with options."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)


def to_csv(table: Table) -> str:
    """Writes the numbers of a table unrounded; an interval has three columns."""
    wide = [
        any(isinstance(row[at], Interval) for row in table.rows)
        for at, _ in enumerate(table.columns)
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        name
        for column, ends in zip(table.columns, wide, strict=True)
        for name in (
            (column.name, f"{column.name} low", f"{column.name} high") if ends else (column.name,)
        )
    )
    for row in table.rows:
        writer.writerow(
            field
            for entry, ends in zip(row, wide, strict=True)
            for field in (_ends(entry) if ends else (entry,))
        )
    return text.getvalue()


def to_latex(table: Table) -> str:
    r"""Writes a booktabs table with its caption above it as a comment.

    Needs ``\usepackage{booktabs}``.
    """
    aligned = "".join("r" if column.number else "l" for column in table.columns)
    lines = [
        f"% {table.caption}",
        rf"\begin{{tabular}}{{{aligned}}}",
        r"\toprule",
        _line(column.name for column in table.columns),
        r"\midrule",
        *map(_line, table.texts()),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _line(entries: Iterable[str]) -> str:
    return " & ".join(escape(entry).translate(_SYMBOLS) for entry in entries) + r" \\"


def _ends(entry: object) -> tuple[object, ...]:
    if isinstance(entry, Interval):
        return entry.value, entry.low, entry.high
    return entry, None, None
