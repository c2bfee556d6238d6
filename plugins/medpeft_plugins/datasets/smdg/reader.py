"""Reading SMDG-19."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import sizes
from medpeft_plugins.datasets.listed import find_images, find_table, label_index, present
from medpeft_sdk.data import Dataset, SampleTable, read_table

_SUSPECT = "-1"
_ATTRIBUTES = {"sex": "sex", "gender": "sex", "age": "age", "eye": "eye"}


class Smdg(Dataset):
    """Fundus photographs under one form, whose table still knows where each came from."""

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where table and files do not agree."""
        root = self.need_root()
        file = find_table(root, ("metadata - standardized.csv", "metadata.csv"))
        table = read_table(
            file, ("names", "types"), optional=("patient_id", "original_name", *_ATTRIBUTES)
        )
        rows, notes = self._chosen(table)
        there, told = present(
            [table["names"][row] for row in rows],
            self._files,
            table=file,
            root=root,
            dataset=self.spec.name,
            missing=str(self.spec.option("missing")),
        )
        rows = [rows[at] for at in there]
        classes = {"0": "non-glaucoma", "1": "glaucoma", _SUSPECT: "suspect"}
        if self.spec.option("suspects") == "drop":
            del classes[_SUSPECT]
        types = [re.sub(r"\.0$", "", table["types"][row]) for row in rows]
        ids = tuple(table["names"][row] for row in rows)
        sources = tuple(re.sub(r"-\d+$", "", name) for name in ids)
        attributes = {"source": sources}
        for column, name in _ATTRIBUTES.items():
            if any(values := tuple(table[column][row] for row in rows) if column in table else ()):
                attributes[name] = values
        return SampleTable(
            ids=ids,
            labels=np.array(label_index(types, list(classes), table=file), dtype=np.int64),
            classes=tuple(classes.values()),
            groups=_patients(table, rows, sources)
            if self.spec.option("split") == "patient"
            else None,
            sizes=sizes([self.path(name) for name in ids]),
            attributes=attributes,
            notes=(*notes, *told),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of an image."""
        return self._files[sample_id]

    def _chosen(self, table: dict[str, list[str]]) -> tuple[list[int], tuple[str, ...]]:
        rows = list(range(len(table["names"])))
        if self.spec.option("suspects") == "class":
            return rows, ()
        certain = [row for row in rows if not table["types"][row].startswith(_SUSPECT)]
        suspects = len(rows) - len(certain)
        return certain, (f"{suspects:,} images of suspects are left out",) if suspects else ()

    @cached_property
    def _files(self) -> dict[str, Path]:
        """The photographs by name, whether their folder stands in another of its name or not."""
        root = self.need_root()
        folder = root / "full-fundus"
        return find_images(folder if folder.is_dir() else root)


def _patients(
    table: dict[str, list[str]], rows: list[int], sources: tuple[str, ...]
) -> tuple[str, ...]:
    """Names the patient of each row: as the table does, by the name that both eyes share, or not.

    ODIR's files, and others', were called ``<patient>_left`` and ``<patient>_right``.
    """
    named = table.get("patient_id", [""] * len(table["names"]))
    original = table.get("original_name", [""] * len(table["names"]))
    patients: list[str] = []
    for row, source in zip(rows, sources, strict=True):
        eye = re.fullmatch(r"(.+)_(left|right)\.\w+", original[row], re.IGNORECASE)
        patient = named[row] or (eye[1] if eye else "")
        patients.append(f"{source}/{patient}" if patient else table["names"][row])
    return tuple(patients)
