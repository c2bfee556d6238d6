"""Reading BUSI."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import images, sizes
from medpeft_sdk.data import Dataset, SampleTable
from medpeft_sdk.errors import DataError

_FOLDER = "Dataset_BUSI_with_GT"


class Busi(Dataset):
    """Breast ultrasound images; the folder names the class, ``_mask`` files are left out.

    The set identifies no patients. Images that nearly repeat another are listed beside this file,
    as ``medpeft datasets verify busi --likeness 0.85`` finds them.
    """

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where a class folder is missing or empty."""
        files: list[Path] = []
        labels: list[int] = []
        for label, name in enumerate(self.spec.classes):
            folder = self._folder() / name
            found = [file for file in images(folder) if "_mask" not in file.stem]
            if not found:
                raise DataError(
                    f"the class folder '{name}' holds masks only",
                    where=str(folder),
                    expected=f"the images too, such as {name} (1).png",
                    mend="unpack the archive again",
                )
            files += found
            labels += [label] * len(found)
        ids = [f"{file.parent.name}/{file.name}" for file in files]
        clusters = _clusters()
        notes: tuple[str, ...] = ()
        kept = list(range(len(ids)))
        if self.spec.option("twins") == "drop":
            kept = [row for row in kept if _first_of_its_class(ids[row], clusters)]
            notes = (f"{len(ids) - len(kept)} images that nearly repeat another are left out",)
        group = {name: members[0] for members in clusters for name in members}
        names = tuple(ids[row] for row in kept)
        return SampleTable(
            ids=names,
            labels=np.array([labels[row] for row in kept], dtype=np.int64),
            classes=self.spec.classes,
            groups=tuple(group.get(name, name) for name in names)
            if self.spec.option("twins") == "group"
            else None,
            sizes=sizes([files[row] for row in kept]),
            notes=notes,
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of a sample."""
        return self._folder() / sample_id

    def _folder(self) -> Path:
        root = self.need_root()
        return root / _FOLDER if (root / _FOLDER).is_dir() else root


def _clusters() -> list[list[str]]:
    """Reads the images that nearly repeat each other, one cluster a line."""
    text = (Path(__file__).parent / "twins.csv").read_text("utf-8")
    return [line.split(",") for line in text.splitlines()]


def _first_of_its_class(name: str, clusters: list[list[str]]) -> bool:
    """Tells whether an image stays where twins are dropped."""
    for members in clusters:
        if name in members:
            classes = {member.partition("/")[0] for member in members}
            return len(classes) == 1 and name == members[0]
    return True
