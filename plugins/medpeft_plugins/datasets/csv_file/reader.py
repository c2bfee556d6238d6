"""Reading a table of images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.csv_file.labels import Labels, binary_labels, class_labels
from medpeft_plugins.datasets.csv_file.paths import relative_paths, unlisted
from medpeft_plugins.datasets.csv_file.spec import columns_of, file_of
from medpeft_plugins.datasets.files import sizes
from medpeft_plugins.datasets.listed import known
from medpeft_plugins.datasets.sides import SIDES
from medpeft_sdk.data import Dataset, SampleTable, grouped, read_table
from medpeft_sdk.errors import DataError

_COLUMNS = ("path", "label", "group", "split", "text", "attributes")


class CsvFile(Dataset):
    """A table of the user's; its options say which column is what."""

    @classmethod
    def root_of(cls, name: str) -> Path:
        """Returns the table that ``csv:PATH`` states."""
        return file_of(name)

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where table and files do not agree."""
        if self._table.is_dir():
            raise DataError(
                "the table is a folder",
                where=str(self._table),
                expected="a CSV or TSV file",
                mend="name the file in it; images=FOLDER names the folder of the images",
            )
        wanted = [name for option in _COLUMNS for name in self._columns(option)]
        table = read_table(self._table, wanted, instead=self._instead)
        paths = self._paths(table)
        rows, notes = self._rows(table, paths)
        picked = {name: [values[row] for row in rows] for name, values in table.items()}
        labels, classes = self._labels(picked, len(rows))
        ids = tuple(paths[row] for row in rows)
        groups, sides, texts = (self._column(picked, o) for o in ("group", "split", "text"))
        return SampleTable(
            ids=ids,
            labels=labels,
            classes=classes,
            groups=grouped(groups, ids) if groups else None,
            splits=tuple(self._side(value) for value in sides) if sides else None,
            sizes=sizes([self.path(name) for name in ids]),
            attributes={name: known(picked[name]) for name in self._columns("attributes")},
            texts=tuple(texts) if texts else None,
            notes=notes,
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

    def _columns(self, option: str) -> tuple[str, ...]:
        return columns_of(self.spec, option)

    def _instead(self, column: str, other: str) -> str:
        """Returns the option that names another column in place of one, to be typed."""
        option = next(o for o in _COLUMNS if column in self._columns(o))
        columns = (other if name == column else name for name in self._columns(option))
        return f"{option}={'+'.join(columns)}"

    def _column(self, table: dict[str, list[str]], option: str) -> list[str]:
        name = str(self.spec.option(option))
        return table[name] if name else []

    def _paths(self, table: dict[str, list[str]]) -> tuple[str, ...]:
        column = str(self.spec.option("path"))
        return relative_paths(table[column], self._images, table=self._table, column=column)

    def _rows(
        self, table: dict[str, list[str]], paths: Sequence[str]
    ) -> tuple[list[int], tuple[str, ...]]:
        """Returns the rows that are read, and what is to be told of the others."""
        rows, notes = list(range(len(paths))), list[str]()
        classes = self._columns("classes")
        if self.spec.option("others") == "drop" and classes:
            labels = self._column(table, "label")
            rows = [row for row in rows if labels[row] in classes]
            if not rows:
                raise DataError(
                    f"no row has one of the classes {', '.join(classes)}",
                    where=f"{self._table}, column {self.spec.option('label')}",
                    expected=f"labels such as {', '.join(sorted(set(labels))[:10])}",
                    mend="name classes that the table has: classes=A+B",
                )
            notes.append(f"{len(paths) - len(rows):,} rows with other labels are left out")
        absent = [paths[row] for row in rows if not self.path(paths[row]).is_file()]
        tolerant = self.spec.option("missing") == "drop"
        some = len(absent) < len(rows)
        if absent and not (tolerant and some):
            raise DataError(
                f"{len(absent):,} of {len(rows):,} images of the table are missing, such as "
                f"{absent[0]}",
                where=str(self._images),
                expected=f"the files of the column '{self.spec.option('path')}'",
                mend="name their folder, relative to the table: images=FOLDER"
                + ("; or leave them out: missing=drop" if some else ""),
            )
        if absent:
            left_out = set(absent)
            rows = [row for row in rows if paths[row] not in left_out]
            notes.append(f"{len(absent):,} images of the table are missing")
        if strangers := unlisted(paths, self._images):
            notes.append(
                f"{len(strangers):,} images are not in the table and left out, such as "
                f"{strangers[0]}"
            )
        return rows, tuple(notes)

    def _labels(self, table: dict[str, list[str]], count: int) -> tuple[Labels, tuple[str, ...]]:
        columns = self._columns("label")
        if len(columns) == 1:
            classes = self._columns("classes")
            values = table[columns[0]]
            return class_labels(values, classes, table=self._table, column=columns[0])
        if columns:
            return binary_labels({c: table[c] for c in columns}, table=self._table), columns
        return np.zeros(count, dtype=np.int64), ()

    def _side(self, value: str) -> str:
        if value.lower() not in SIDES:
            raise DataError(
                f"a split is called '{value}'",
                where=f"{self._table}, column {self.spec.option('split')}",
                expected="train, val or test",
                mend="rename it in the table, or name another column: split=COLUMN",
            )
        return SIDES[value.lower()]
