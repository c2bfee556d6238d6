"""Reading Fitzpatrick17k."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np

from medpeft_plugins.datasets.files import sizes
from medpeft_plugins.datasets.listed import ListedImages, find_table, known, label_index
from medpeft_sdk.data import SampleTable, read_table

_LABELS = {
    "three": "three_partition_label",
    "two": "three_partition_label",
    "nine": "nine_partition_label",
    "conditions": "label",
}
_POLICIES = (
    ("unknown_skin", "fitzpatrick_scale", "-1", "without a skin type"),
    ("wrong", "qc", "3", "marked as wrongly labelled"),
)
"""An option, the column that it looks at, how a value begins that it drops, and what that means."""


class Fitzpatrick17k(ListedImages):
    """Images from two atlases of dermatology; each stands alone."""

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where table and files do not agree."""
        table = self._table
        chosen, notes = self._chosen()
        stems = [self._stems[digest] for digest in table["md5hash"]]
        rows, told = self.present(stems, self._file, chosen)
        names, classes = self._labels()
        ids = tuple(table["md5hash"][row] for row in rows)
        types = (table["fitzpatrick_scale"][row] for row in rows)
        labels = label_index([names[row] for row in rows], classes, table=self._file)
        return SampleTable(
            ids=ids,
            labels=np.array(labels, dtype=np.int64),
            classes=classes,
            sizes=sizes([self.path(name) for name in ids]),
            attributes={
                "skin_type": known("" if value == "-1" else value for value in types),
                "condition": known(table["label"][row] for row in rows),
            },
            notes=(*notes, *told),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of an image, by its digest."""
        return self.files[self._stems[sample_id]]

    def _chosen(self) -> tuple[list[int], list[str]]:
        """Applies the policies on skin types and on wrong labels."""
        kept, notes = list(range(len(self._table["md5hash"]))), list[str]()
        for option, column, start, what in _POLICIES:
            if self.spec.option(option) == "drop":
                values = self._table[column]
                left = [row for row in kept if not values[row].startswith(start)]
                notes.append(f"{len(kept) - len(left):,} images {what} are left out")
                kept = left
        return kept, notes

    def _labels(self) -> tuple[list[str], tuple[str, ...]]:
        """Returns the name of each row's class, and the classes."""
        chosen = str(self.spec.option("labels"))
        names = self._table[_LABELS[chosen]]
        if chosen == "two":
            return ["malignant" if n == "malignant" else "other" for n in names], (
                "other",
                "malignant",
            )
        return names, self.spec.classes if chosen == "three" else tuple(sorted(set(names)))

    @cached_property
    def _file(self) -> Path:
        return find_table(self.need_root(), ("fitzpatrick17k.csv",))

    @cached_property
    def _table(self) -> dict[str, list[str]]:
        columns = ("md5hash", "fitzpatrick_scale", "qc", *dict.fromkeys(_LABELS.values()))
        return read_table(self._file, columns, optional=("url_alphanum",))

    @cached_property
    def _stems(self) -> dict[str, str]:
        """The name of each image's file: its digest or, where only that is there, its address."""
        digests = self._table["md5hash"]
        addresses = self._table.get("url_alphanum", digests)
        stems: dict[str, str] = {}
        for digest, address in zip(digests, addresses, strict=True):
            other = PurePosixPath(address).stem
            stems[digest] = other if digest not in self.files and other in self.files else digest
        return stems
