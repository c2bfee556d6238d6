"""Reading a table of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.csv_file.spec import file_of
from medpeft_plugins.datasets.files import sizes
from medpeft_plugins.datasets.listed import label_index
from medpeft_sdk.data import Dataset, SampleTable, read_table
from medpeft_sdk.errors import DataError

_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val"}
_SPLITS |= {"validation": "val", "validate": "val", "test": "test", "testing": "test"}


class CsvFile(Dataset):
    """A table of the user's; its options say which column is what."""

    @classmethod
    def root_of(cls, name: str) -> Path:
        """Returns the table that ``csv:PATH`` states."""
        return file_of(name)

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where table and files do not agree."""
        labels, attributes = self._names("label"), self._names("attributes")
        path, group, split, text = (self._column(n) for n in ("path", "group", "split", "text"))
        table = read_table(
            self._table, [c for c in (path, *labels, group, split, text, *attributes) if c]
        )
        there = [row for row, name in enumerate(table[path]) if self.path(name).is_file()]
        absent = len(table[path]) - len(there)
        if absent and (self.spec.option("missing") == "fail" or not there):
            first = next(name for name in table[path] if not self.path(name).is_file())
            raise DataError(
                f"{absent:,} of {len(table[path]):,} images of the table are missing, such as "
                f"{first}",
                where=str(self._images),
                expected=f"the files of the column '{path}'",
                mend=f"name their folder, relative to the table: {self.spec.name},images=FOLDER; "
                "or leave them out: missing=drop",
            )
        found, classes = self._labels({name: [table[name][r] for r in there] for name in labels})
        ids = tuple(table[path][row] for row in there)
        return SampleTable(
            ids=ids,
            labels=found,
            classes=classes,
            groups=tuple(table[group][row] or ids[at] for at, row in enumerate(there))
            if group
            else None,
            splits=tuple(self._side(table[split][row]) for row in there) if split else None,
            sizes=sizes([self.path(name) for name in ids]),
            attributes={name: tuple(table[name][row] for row in there) for name in attributes},
            texts=tuple(table[text][row] for row in there) if text else None,
            notes=(f"{absent:,} images of the table are missing",) if absent else (),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of an image."""
        return self._images / sample_id

    @property
    def _table(self) -> Path:
        assert self.root is not None, "the name states the table"
        return self.root

    @property
    def _images(self) -> Path:
        return self._table.parent / str(self.spec.option("images"))

    def _column(self, option: str) -> str:
        return str(self.spec.option(option))

    def _names(self, option: str) -> list[str]:
        return [name for name in self._column(option).split("+") if name]

    def _side(self, value: str) -> str:
        if value.lower() not in _SPLITS:
            raise DataError(
                f"a split is called '{value}'",
                where=f"{self._table}, column {self._column('split')}",
                expected="train, val or test",
            )
        return _SPLITS[value.lower()]

    def _labels(
        self, columns: dict[str, list[str]]
    ) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Returns the labels, and the classes: the values of one column, or several columns."""
        for name, values in columns.items():
            empty = [row for row, value in enumerate(values) if value.lower() in ("", "nan", "na")]
            if empty:
                raise DataError(
                    f"{len(empty):,} rows have no label, the first is row {empty[0] + 1}",
                    where=f"{self._table}, column {name}",
                    expected="a label in each row",
                    mend="fill the labels in, or remove the rows",
                )
        if len(columns) == 1:
            (values,) = columns.values()
            classes = tuple(sorted(set(values)))
            if len(classes) < 2:
                raise DataError(
                    f"there is one class only: '{classes[0]}'",
                    where=str(self._table),
                    expected="two classes at least",
                    mend="name another column: label=COLUMN",
                )
            return np.array(label_index(values, classes, table=self._table)), classes
        binary = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}
        for name, values in columns.items():
            if strange := next((value for value in values if value.lower() not in binary), None):
                raise DataError(
                    f"a label is '{strange}'",
                    where=f"{self._table}, column {name}",
                    expected="0 or 1",
                    mend="code each column of several labels as 0 and 1",
                )
        found = [[binary[value.lower()] for value in values] for values in columns.values()]
        return np.array(found, dtype=np.int64).T, tuple(columns)
