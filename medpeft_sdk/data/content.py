"""What is in the files of a dataset, so that other images under the same names are told apart."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from medpeft_sdk.data.dataset import Dataset, SampleTable
from medpeft_sdk.data.remembered import read_once


def content_digest(dataset: Dataset, table: SampleTable) -> str | None:
    """Returns the SHA-256 of what images are stored as; ``None`` where they are generated.

    Files are read once, and again only after they changed. One that cannot be read counts as
    empty: whoever decodes it says what is wrong.
    """
    paths = {name: path for name in table.ids if (path := dataset.path(name)) is not None}
    found = _of_files(dataset, paths) if paths else {}
    for name in table.ids:
        if name not in paths and (data := dataset.stored(name)) is not None:
            found[name] = hashlib.sha256(data).hexdigest()
    if not found:
        return None
    whole = hashlib.sha256()
    for name in sorted(found):
        whole.update(f"{name}\x1f{found[name]}\x1e".encode())
    return whole.hexdigest()


def _of_files(dataset: Dataset, paths: Mapping[str, Path]) -> dict[str, str]:
    files = sorted(set(paths.values()))
    name = "".join(c if c.isalnum() else "_" for c in dataset.spec.base)
    read = dict(zip(files, read_once(f"{name[:40]}-content", files, _digest), strict=True))
    return {sample: read[path] for sample, path in paths.items()}


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
