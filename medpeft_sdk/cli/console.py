"""How things are printed: data to standard output, everything said about it to standard error."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from medpeft_sdk.specs import Estimate

out = Console(markup=False, emoji=False, highlight=False)
err = Console(stderr=True, markup=False, emoji=False, highlight=False)


_json_output: int | None = None


def keep_output_for_json() -> None:
    """Sends to standard error whatever plugins and libraries print, in this process and others."""
    global _json_output
    sys.stdout.flush()
    _json_output = os.dup(1)
    os.dup2(2, 1)


def print_json(data: Any) -> None:
    """Prints one JSON document to standard output."""
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    if _json_output is None:
        sys.stdout.write(text)
        return
    with os.fdopen(os.dup(_json_output), "w", encoding="utf-8") as output:
        output.write(text)


_SHORT = 19
"""Characters that a narrow terminal must not take from a column of names."""

_WIDE = 10_000
"""Columns of a terminal on which every table has its natural width."""


def _width(entry: object) -> int:
    return max(map(len, str(entry).splitlines()), default=0)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Prints a table; columns whose name starts with ``>`` are aligned to the right."""
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    lines = list(rows)
    for at, column in enumerate(columns):
        number = column.startswith(">")
        table.add_column(
            column.removeprefix(">"),
            justify="right" if number else "left",
            no_wrap=number or at == 0,
            min_width=min(_SHORT, max((_width(row[at]) for row in lines), default=0)),
            overflow="fold",
        )
    for row in lines:
        table.add_row(*(str(cell) for cell in row))
    wide = out.options.update(width=_WIDE)
    if out.measure(table, options=wide).maximum > out.width:
        table.collapse_padding, table.show_edge = True, False
    # Where even the folded table is wider, its lines are broken or run on, but no number is cut.
    least = out.measure(table, options=wide).minimum
    if title:
        # As the table's own title it would be broken, in words too, where a narrow table ends.
        broken = textwrap.wrap(title, out.width, break_long_words=False, break_on_hyphens=False)
        out.print("\n".join(broken), style="table.title", soft_wrap=True)
    out.print(table, width=max(out.width, least), crop=False)


def print_fields(title: str, data: Mapping[str, Any]) -> None:
    """Prints a table of what is known of one thing, without what is empty."""
    rows = [(k, _text(v)) for k, v in data.items() if v not in (None, "", [], {})]
    print_table(title, ("field", "value"), rows)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{k}: {_text(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_text(v) for v in value)
    return str(value).strip()


def warn(text: str) -> None:
    """Prints a warning to standard error."""
    err.print(f"warning: {text}", style="yellow")


def interval_text(estimate: Estimate | None, *, sign: bool = False) -> str:
    """Writes an estimate such as ``0.812 [0.760, 0.861]``, with its sign where asked."""
    if estimate is None or estimate.value is None:
        return "—"
    form = "+.3f" if sign else ".3f"
    if estimate.low is None or estimate.high is None:
        return format(estimate.value, form)
    return f"{estimate.value:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"
