"""What is in the files of a dataset, so that other images under the same names are told apart."""

from __future__ import annotations

import hashlib
from pathlib import Path

from medpeft_sdk.data.dataset import Dataset, SampleTable
from medpeft_sdk.data.remembered import read_once


def content_digest(dataset: Dataset, table: SampleTable) -> str | None:
    """Returns the SHA-256 of what is in the files of the images; ``None`` where there are none.

    Files are read once, and again only after they changed. One that cannot be read counts as
    empty: whoever decodes it says what is wrong.
    """
    paths = {name: path for name in table.ids if (path := dataset.path(name)) is not None}
    if not paths:
        return None
    files = sorted(set(paths.values()))
    name = "".join(c if c.isalnum() else "_" for c in dataset.spec.base)
    read = dict(zip(files, read_once(f"{name[:40]}-content", files, _digest), strict=True))
    whole = hashlib.sha256()
    for sample in sorted(paths):
        whole.update(f"{sample}\x1f{read[paths[sample]]}\x1e".encode())
    return whole.hexdigest()


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
