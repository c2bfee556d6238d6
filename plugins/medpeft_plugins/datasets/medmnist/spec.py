"""The specs of MedMNIST's sets: names, classes and digests, as its package states them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from medpeft_sdk.errors import unknown_name
from medpeft_sdk.specs import DatasetSpec, Download, Hyperparameter

PREFIX = "medmnist:"
SIZES = (28, 64, 128, 224)
_URL = "https://zenodo.org/records/10519652/files/{file}?download=1"


def resolve(name: str) -> DatasetSpec:
    """Makes the spec of ``medmnist:NAME`` or ``medmnist:FILE.npz``.

    Raises:
        UnknownNameError: No set is called so.
    """
    wanted = Path(name.removeprefix(PREFIX)).name
    stem = re.sub(r"(_(64|128|224))?\.npz$", "", wanted)
    if not wanted.endswith(".npz") and wanted not in _sets():
        raise unknown_name("set of MedMNIST", wanted, _sets(), where=name)
    known: dict[str, Any] = _sets().get(stem, {})
    return DatasetSpec(
        name=PREFIX + wanted,
        title=f"MedMNIST's {stem}" if known else f"Images of the file {wanted}",
        classes=tuple(known.get("classes", ())),
        labels="any" if known.get("many") else "one",
        modality="small images",
        options=(
            Hyperparameter(
                name="size",
                type="int",
                default=28,
                choices=SIZES,
                description="Side of the images in pixels: which of the set's files is read.",
            ),
        ),
        licence=known.get("licence", "the user's own"),
        access="zenodo.org/records/10519652" if known else "a file of the user's",
        citation="Yang et al. 2023, MedMNIST v2, Scientific Data 10" if known else "",
        layout="NAME.npz, NAME_64.npz, NAME_128.npz or NAME_224.npz: "
        "{train,val,test}_images and {train,val,test}_labels",
        downloads=tuple(
            Download(
                file=file_name(stem, int(size)),
                url=_URL.format(file=file_name(stem, int(size))),
                digest=f"md5:{digest}",
            )
            for size, digest in known.get("md5", {}).items()
        ),
    )


def file_name(stem: str, size: int) -> str:
    """Returns what MedMNIST calls the file of a set at a size."""
    return f"{stem}.npz" if size == SIZES[0] else f"{stem}_{size}.npz"


@cache
def _sets() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "sets.json").read_text("utf-8"))
