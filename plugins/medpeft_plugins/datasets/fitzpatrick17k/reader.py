"""Reading Fitzpatrick17k."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np

from medpeft_plugins.datasets.files import sizes
from medpeft_plugins.datasets.listed import find_images, find_table, label_index, present
from medpeft_sdk.data import Dataset, SampleTable, read_table

_LABELS = {
    "three": "three_partition_label",
    "nine": "nine_partition_label",
    "conditions": "label",
}


class Fitzpatrick17k(Dataset):
    """Images from two atlases of dermatology; each stands alone."""

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where table and files do not agree."""
        table = self._table
        rows, notes = self._chosen()
        there, told = present(
            [self._stems[table["md5hash"][row]] for row in rows],
            self._files,
            table=self._file,
            root=self.need_root(),
            dataset=self.spec.name,
            missing=str(self.spec.option("missing")),
        )
        rows = [rows[at] for at in there]
        names = table[_LABELS[str(self.spec.option("labels"))]]
        known = self.spec.classes if self.spec.option("labels") == "three" else sorted(set(names))
        labels = label_index([names[row] for row in rows], known, table=self._file)
        ids = tuple(table["md5hash"][row] for row in rows)
        types = [table["fitzpatrick_scale"][row] for row in rows]
        return SampleTable(
            ids=ids,
            labels=np.array(labels, dtype=np.int64),
            classes=tuple(known),
            sizes=sizes([self.path(name) for name in ids]),
            attributes={
                "skin_type": tuple("" if value == "-1" else value for value in types),
                "condition": tuple(table["label"][row] for row in rows),
            },
            notes=(*notes, *told),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of an image, by its digest."""
        return self._files[self._stems[sample_id]]

    def _chosen(self) -> tuple[list[int], tuple[str, ...]]:
        """Applies the policies on skin types and on wrong labels."""
        table = self._table
        kept = range(len(table["md5hash"]))
        notes: list[str] = []
        for option, column, value, what in (
            ("unknown_skin", "fitzpatrick_scale", "-1", "without a skin type"),
            ("wrong", "qc", "3", "marked as wrongly labelled"),
        ):
            if self.spec.option(option) == "drop" and column in table:
                left = [row for row in kept if not table[column][row].startswith(value)]
                notes.append(f"{len(kept) - len(left):,} images {what} are left out")
                kept = left
        return list(kept), tuple(notes)

    @cached_property
    def _file(self) -> Path:
        return find_table(self.need_root(), ("fitzpatrick17k.csv",))

    @cached_property
    def _table(self) -> dict[str, list[str]]:
        columns = ("md5hash", "fitzpatrick_scale", *_LABELS.values())
        return read_table(self._file, columns, optional=("qc", "url_alphanum"))

    @cached_property
    def _files(self) -> dict[str, Path]:
        return find_images(self.need_root())

    @cached_property
    def _stems(self) -> dict[str, str]:
        """The names of the files: an image's digest or, where there is none, its address."""
        digests = self._table["md5hash"]
        others = self._table.get("url_alphanum", digests)
        return {
            digest: digest if digest in self._files else PurePosixPath(other).stem or digest
            for digest, other in zip(digests, others, strict=True)
        }
