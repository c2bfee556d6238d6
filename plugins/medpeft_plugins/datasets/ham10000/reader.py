"""Reading HAM10000."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import sizes
from medpeft_plugins.datasets.listed import find_images, find_table, label_index, present
from medpeft_sdk.data import Dataset, SampleTable, read_table

_TABLES = ("HAM10000_metadata.csv", "HAM10000_metadata", "HAM10000_metadata.tab")
_COLUMNS = ("lesion_id", "image_id", "dx")
_ATTRIBUTES = {"sex": "sex", "age": "age", "localization": "localization", "dx_type": "dx_type"}
_ATTRIBUTES |= {"dataset": "source"}


class Ham10000(Dataset):
    """Ten thousand images of seven kinds of lesions, some shown several times."""

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where table and files do not agree."""
        root = self.need_root()
        table = find_table(root, _TABLES)
        columns = read_table(table, _COLUMNS, optional=tuple(_ATTRIBUTES))
        rows, notes = present(
            columns["image_id"],
            self._files,
            table=table,
            root=root,
            dataset=self.spec.name,
            missing=str(self.spec.option("missing")),
        )
        labels = label_index(columns["dx"], self.spec.classes, table=table)
        ids = tuple(columns["image_id"][row] for row in rows)
        lesions = tuple(columns["lesion_id"][row] for row in rows)
        return SampleTable(
            ids=ids,
            labels=np.array([labels[row] for row in rows], dtype=np.int64),
            classes=self.spec.classes,
            groups=lesions if self.spec.option("split") == "lesion" else None,
            sizes=sizes([self.path(name) for name in ids]),
            attributes={
                name: tuple(columns[column][row] for row in rows)
                for column, name in _ATTRIBUTES.items()
                if column in columns
            },
            notes=notes,
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of an image."""
        return self._files[sample_id]

    @cached_property
    def _files(self) -> dict[str, Path]:
        """The images by name, without the masks that are named after them."""
        found = find_images(self.need_root())
        return {name: file for name, file in found.items() if not name.endswith("_segmentation")}
