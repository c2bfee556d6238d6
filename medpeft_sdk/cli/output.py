"""Files that commands write, whose names have to say what is in them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

Format = TypeVar("Format", bound=str)


def check_output(output: Path, format: Format, suffixes: Mapping[Format, Sequence[str]]) -> None:
    """Refuses a file whose name says that something else is in it, such as ``x.xlsx``.

    Args:
        output: The file that a user asked for; it may have no suffix.
        format: The format that is written.
        suffixes: What the names of files end in, for each format that could be written.

    Raises:
        SpecError: The name is that of another kind of file.
        StoreError: A file of another kind is in its place.
    """
    from medpeft_sdk.errors import SpecError
    from medpeft_sdk.results import check_replaceable

    suffix, right = output.suffix.lower(), suffixes[format]
    if suffix and suffix not in right:
        other = next((name for name, ends in suffixes.items() if suffix in ends), None)
        named = shlex.quote(str(output.with_suffix(right[0])))
        raise SpecError(
            f"{format} is written, and '{output.name}' ends in {suffix}",
            where="--output",
            expected=f"a name that ends in {' or '.join(right)}",
            mend=f"add --format {other}" if other else f"write --output {named}",
        )
    check_replaceable(output, *right)
