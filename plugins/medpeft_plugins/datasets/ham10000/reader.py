"""Reading HAM10000."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import sizes
from medpeft_plugins.datasets.listed import (
    ListedImages,
    find_images,
    find_table,
    known,
    label_index,
)
from medpeft_sdk.data import SampleTable, grouped, read_table

_TABLES = ("HAM10000_metadata.csv", "HAM10000_metadata", "HAM10000_metadata.tab")
_ATTRIBUTES = {
    "sex": "sex",
    "age": "age",
    "localization": "localization",
    "dx_type": "dx_type",
    "dataset": "source",
}


class Ham10000(ListedImages):
    """Ten thousand images of seven kinds of lesions, some shown several times."""

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where table and files do not agree."""
        file = find_table(self.need_root(), _TABLES)
        table = read_table(file, ("lesion_id", "image_id", "dx"), optional=tuple(_ATTRIBUTES))
        rows, notes = self.present(table["image_id"], file)
        labels = label_index(table["dx"], self.spec.classes, table=file)
        ids = tuple(table["image_id"][row] for row in rows)
        lesions = grouped((table["lesion_id"][row] for row in rows), ids)
        return SampleTable(
            ids=ids,
            labels=np.array([labels[row] for row in rows], dtype=np.int64),
            classes=self.spec.classes,
            groups=lesions if self.spec.option("split") == "lesion" else None,
            sizes=sizes([self.path(name) for name in ids]),
            attributes={
                name: known(table[column][row] for row in rows)
                for column, name in _ATTRIBUTES.items()
                if column in table
            },
            notes=notes,
        )

    @cached_property
    def files(self) -> dict[str, Path]:
        """The images by name, without the masks that are named after them."""
        found = find_images(self.folder())
        return {name: file for name, file in found.items() if not name.endswith("_segmentation")}
