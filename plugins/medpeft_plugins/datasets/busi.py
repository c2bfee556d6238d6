"""BUSI as Cairo University ships it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import images, sizes
from medpeft_sdk.data import Dataset, SampleTable
from medpeft_sdk.errors import DataError

_FOLDER = "Dataset_BUSI_with_GT"


class Busi(Dataset):
    """Breast ultrasound images; the folder names the class, ``_mask`` files are left out.

    The set identifies no patients, so every image stands alone. Some images have near twins.
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
        return SampleTable(
            ids=tuple(f"{file.parent.name}/{file.name}" for file in files),
            labels=np.array(labels, dtype=np.int64),
            classes=self.spec.classes,
            sizes=sizes(files),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of a sample."""
        return self._folder() / sample_id

    def _folder(self) -> Path:
        root = self.need_root()
        return root / _FOLDER if (root / _FOLDER).is_dir() else root
