"""Options and arguments that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
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


class Corrupt(StrEnum):
    """What is done about an image that cannot be read."""

    FAIL = "fail"
    SKIP = "skip"


Many = list[str] | None
"""Of an option that can be given several times."""
Data = Annotated[Many, typer.Option(metavar="NAME=PATH", help="A dataset's folder.")]
DataRoot = Annotated[
    Path | None,
    typer.Option(envvar="MEDPEFT_DATA", help="A folder that holds one folder a dataset."),
]
Weights = Annotated[Path | None, typer.Option(help="Local weights of the backbone.")]
Settings = Annotated[
    Many, typer.Option("--set", metavar="NAME=VALUE", help="A hyperparameter, or the recipe's.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda …")]
OnCorrupt = Annotated[
    Corrupt, typer.Option(help="What is done about an image that cannot be read.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would run.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]
