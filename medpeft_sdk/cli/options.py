"""Options and arguments that several commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Kind(StrEnum):
    """What a plugin can register and a user can look at."""

    METHODS = "methods"
    DATASETS = "datasets"
    BACKBONES = "backbones"
    METRICS = "metrics"
    PROTOCOLS = "protocols"
    EXECUTORS = "executors"

    @property
    def singular(self) -> str:
        """Such as ``method``."""
        return self.value.removesuffix("s")


Json = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]
