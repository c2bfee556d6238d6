"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
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
Data = Annotated[
    Many,
    typer.Option(
        metavar="[NAME=]PATH", help="A dataset's folder; its name, where there are several."
    ),
]
DataRoot = Annotated[
    Path | None,
    typer.Option(envvar="MEDPEFT_DATA", help="A folder that holds one folder a dataset."),
]
Weights = Annotated[Path | None, typer.Option(help="Local weights of the backbone.")]
OfBackbone = Annotated[
    str | None,
    typer.Option(
        "--backbone",
        metavar="NAME",
        help="The backbone whose results are meant; all if none.",
    ),
]
OfFraction = Annotated[
    str | None,
    typer.Option(
        "--fraction",
        metavar="SUBSET",
        help="The subset whose results are meant, such as 16shot; all if none.",
    ),
]
OfProtocol = Annotated[
    str | None,
    typer.Option(
        "--protocol",
        metavar="NAME|HASH",
        help="The protocol whose results are meant, where there are several.",
    ),
]
Settings = Annotated[
    Many, typer.Option("--set", metavar="NAME=VALUE", help="A hyperparameter, or the recipe's.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda …")]
OnCorrupt = Annotated[
    Corrupt, typer.Option(help="What is done about an image that cannot be read.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would run.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.")]


def folders(data: Many, datasets: Sequence[str]) -> dict[str, str]:
    """Reads ``--data``: for each dataset its folder, by the name that stands before it.

    Args:
        data: As typed; one without a name is the folder of the only dataset.
        datasets: Names of the chosen datasets, as typed.

    Raises:
        SpecError: A name is missing where there are several, or stands there twice.
    """
    from medpeft_sdk.errors import SpecError
    from medpeft_sdk.execution.dataset import how_to_name
    from medpeft_sdk.planning import split_assignments
    from medpeft_sdk.registry import load_registry

    data = [_by_base_name(text, datasets) for text in data or ()]
    bare = [text for text in data if "=" not in text]
    if bare and (len(datasets) != 1 or len(data) > 1):
        raise SpecError(
            f"it is not said which dataset '{bare[0]}' is the folder of",
            where="--data",
            expected="NAME=PATH, once for each dataset; the name may be missing where there is one",
            mend=how_to_name(bare[0], datasets, load_registry()),
        )
    return {datasets[0]: bare[0]} if bare else split_assignments(data, option="--data")


def folder(data: Path, dataset: str) -> Path:
    """Reads ``--data`` where there is one dataset, whose name may stand before the path."""
    from medpeft_sdk.specs import split_options

    text = _by_base_name(str(data), [dataset])
    return Path(text.removeprefix(f"{split_options(dataset)[0]}="))


def _by_base_name(text: str, datasets: Sequence[str]) -> str:
    """Leaves out the options of a dataset whose whole name stands before its folder."""
    from medpeft_sdk.specs import split_options

    for name in datasets:
        if text.startswith(f"{name}="):
            return f"{split_options(name)[0]}={text.removeprefix(f'{name}=')}"
    return text
