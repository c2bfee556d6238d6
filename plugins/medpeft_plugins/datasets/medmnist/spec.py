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
_LAYOUT = (
    "NAME.npz, NAME_64.npz, NAME_128.npz or NAME_224.npz, with the arrays\n"
    "{train,val,test}_images and {train,val,test}_labels"
)
_URL = "https://zenodo.org/records/10519652/files/{file}?download=1"


def resolve(name: str) -> DatasetSpec:
    """Makes the spec of ``medmnist:NAME`` or ``medmnist:FILE.npz``.

    Raises:
        UnknownNameError: No set is called so.
    """
    wanted = name.removeprefix(PREFIX)
    if wanted.endswith(".npz"):
        return _of_a_file(Path(wanted).name)
    if wanted not in _sets():
        raise unknown_name(
            "set of MedMNIST",
            wanted,
            _sets(),
            where=name,
            mend="name a set, such as breastmnist, or a file that ends in .npz",
        )
    known: dict[str, Any] = _sets()[wanted]
    return DatasetSpec(
        name=PREFIX + wanted,
        title=f"MedMNIST's {wanted}",
        classes=tuple(known["classes"]),
        labels="any" if known["many"] else "one",
        modality="small images",
        options=(
            Hyperparameter(
                name="size",
                type="int",
                default=SIZES[0],
                choices=SIZES,
                description="Side of the images in pixels: which of the set's files is read.",
            ),
        ),
        licence=known["licence"],
        access="zenodo.org/records/10519652, without an account",
        citation="Yang et al. 2023, MedMNIST v2, Scientific Data 10",
        layout=_LAYOUT,
        split_counts=known.get("counts", {}),
        downloads=tuple(
            Download(
                file=file_name(wanted, int(size)),
                url=_URL.format(file=file_name(wanted, int(size))),
                digest=f"md5:{digest}",
                needed_for={"size": int(size)},
            )
            for size, digest in known["md5"].items()
        ),
    )


def _of_a_file(name: str) -> DatasetSpec:
    """Makes the spec of a file; one that is called as a set of MedMNIST is taken for it."""
    stem = re.sub(r"(_\d+)?\.npz$", "", name)
    known: dict[str, Any] = _sets().get(stem, {})
    return DatasetSpec(
        name=PREFIX + name,
        title=f"Images of the file {name}",
        classes=tuple(known.get("classes", ())),
        labels="any" if known.get("many") else "one",
        modality="small images",
        licence=known.get("licence", "the user's own"),
        access="a file of the user's",
        layout=_LAYOUT,
        split_counts=known.get("counts", {}),
    )


def file_name(stem: str, size: int) -> str:
    """Returns what MedMNIST calls the file of a set at a size."""
    return f"{stem}.npz" if size == SIZES[0] else f"{stem}_{size}.npz"


@cache
def _sets() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "sets.json").read_text("utf-8"))
