"""Reading the RSNA Pneumonia Detection Challenge."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from medpeft_plugins.datasets.files import SUFFIXES, sizes
from medpeft_plugins.datasets.listed import find_images, find_table, label_index, present
from medpeft_sdk.data import Dataset, SampleTable, read_header, read_table
from medpeft_sdk.errors import DataError

_THREE = ("Normal", "No Lung Opacity / Not Normal", "Lung Opacity")
_HEADERS = {"sex": "PatientSex", "age": "PatientAge", "view": "ViewPosition"}


class RsnaPneumonia(Dataset):
    """One radiograph a patient, in DICOM or, as some repackagings have it, in PNG or JPEG."""

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where tables and files do not agree."""
        root = self.need_root()
        file = find_table(root, ("stage_2_train_labels.csv",))
        targets = _one_each(file, "Target")
        classes: tuple[str, ...] = self.spec.classes
        labels = targets
        if self.spec.option("labels") == "three":
            details = find_table(root, ("stage_2_detailed_class_info.csv",))
            labels, classes = _one_each(details, "class"), _THREE
        names = list(labels)
        rows, notes = present(
            names,
            self._files,
            table=file,
            root=root,
            dataset=self.spec.name,
            missing=str(self.spec.option("missing")),
        )
        if untold := len(targets.keys() - labels.keys()):
            notes = (*notes, f"{untold:,} patients are not in the table of details")
        ids = tuple(names[row] for row in rows)
        known = ("0", "1") if classes is self.spec.classes else classes
        indices = label_index([labels[name] for name in ids], known, table=file)
        return SampleTable(
            ids=ids,
            labels=np.array(indices, dtype=np.int64),
            classes=classes,
            groups=ids,
            sizes=sizes([self.path(name) for name in ids]),
            attributes=self._attributes(ids) if self.spec.option("headers") else {},
            notes=notes,
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of a patient."""
        return self._files[sample_id]

    def _attributes(self, ids: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        headers: list[dict[str, Any]] = [
            read_header(self.path(name), tuple(_HEADERS.values())) for name in ids
        ]
        return {
            name: tuple(str(header.get(tag, "")) for header in headers)
            for name, tag in _HEADERS.items()
        }

    @cached_property
    def _files(self) -> dict[str, Path]:
        root = self.need_root()
        folder = root / "stage_2_train_images"
        return find_images(
            folder if folder.is_dir() else root, suffixes=(".dcm", ".dicom", *SUFFIXES)
        )


def _one_each(file: Path, column: str) -> dict[str, str]:
    """Returns a patient's value from a table that has a row for each box.

    Raises:
        DataError: The rows of a patient differ.
    """
    table = read_table(file, ("patientId", column))
    found: dict[str, str] = {}
    for patient, value in zip(table["patientId"], table[column], strict=True):
        if found.setdefault(patient, value) != value:
            raise DataError(
                f"patient {patient} is both '{found[patient]}' and '{value}'",
                where=str(file),
                expected="one value in all rows of a patient",
                mend="fetch the table again",
            )
    return found
