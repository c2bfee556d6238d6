"""Reading the RSNA Pneumonia Detection Challenge."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import sizes
from medpeft_plugins.datasets.listed import ListedImages, find_table, known, label_index
from medpeft_sdk.data import SampleTable, read_header, read_once, read_table
from medpeft_sdk.errors import DataError

_THREE = ("Normal", "No Lung Opacity / Not Normal", "Lung Opacity")
_HEADERS = {"sex": "PatientSex", "age": "PatientAge", "view": "ViewPosition"}


class RsnaPneumonia(ListedImages):
    """One radiograph a patient, in DICOM or, as some repackagings have it, in PNG or JPEG."""

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where tables and files do not agree."""
        file = find_table(self.need_root(), ("stage_2_train_labels.csv",))
        targets = _one_each(file, "Target")
        patients = list(targets)
        rows, notes = self.present(patients, file)
        ids = tuple(patients[row] for row in rows)
        if self.spec.option("labels") == "three":
            ids, kinds, told = self._details(ids)
            labels, classes, notes = kinds, _THREE, (*notes, *told)
        else:
            values = [targets[name] for name in ids]
            labels, classes = label_index(values, ("0", "1"), table=file), self.spec.classes
        return SampleTable(
            ids=ids,
            labels=np.array(labels, dtype=np.int64),
            classes=classes,
            groups=ids,
            sizes=sizes([self.path(name) for name in ids]),
            attributes=self._attributes(ids) if self.spec.option("headers") else {},
            notes=notes,
        )

    def folder(self) -> Path:
        """Returns the folder of the images that have labels, where they have one to themselves."""
        folder = self.need_root() / "stage_2_train_images"
        return folder if folder.is_dir() else self.need_root()

    def _details(self, ids: tuple[str, ...]) -> tuple[tuple[str, ...], list[int], tuple[str, ...]]:
        """Returns the patients whose kind the second table tells, their kinds, and notes."""
        file = find_table(self.need_root(), ("stage_2_detailed_class_info.csv",))
        kinds = _one_each(file, "class")
        told = tuple(name for name in ids if name in kinds)
        untold = len(ids) - len(told)
        if not told or (untold and self.spec.option("missing") == "fail"):
            raise DataError(
                f"{untold:,} patients are not in {file.name}",
                where=str(file),
                expected="each patient of stage_2_train_labels.csv",
                mend="fetch the table again, or leave them out: "
                f"--dataset {self.spec.name},missing=drop",
            )
        notes = (f"{untold:,} patients of unknown kind are left out",) if untold else ()
        return told, label_index([kinds[name] for name in told], _THREE, table=file), notes

    def _attributes(self, ids: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        files = [self.path(name) for name in ids]
        headers = read_once(f"{self.spec.base}-headers", files, _header)
        found = {
            name: known(header.get(tag, "") for header in headers) for name, tag in _HEADERS.items()
        }
        found["age"] = tuple(_years(age) for age in found["age"])
        return {name: values for name, values in found.items() if any(values)}


def _header(file: Path) -> dict[str, str]:
    return read_header(file, tuple(_HEADERS.values()))


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


def _years(age: str) -> str:
    """Returns an age, written as ``043Y``, ``006M`` or ``43``, in years; other text as it is."""
    found = re.fullmatch(r"(\d+)([YMWD]?)", age)
    if not found:
        return age
    parts = {"": 1, "Y": 1, "M": 12, "W": 52, "D": 365}[found[2]]
    return str(int(found[1]) // parts)
