"""Reading SMDG-19."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import sizes, unpack
from medpeft_plugins.datasets.listed import ListedImages, find_table, known, label_index
from medpeft_sdk.data import EMPTY, SampleTable, read_table
from medpeft_sdk.errors import DataError

_CLASSES = {"0": "non-glaucoma", "1": "glaucoma", "-1": "suspect"}
_SEXES = {"0": "M", "1": "F"}
"""PAPILA's code, which alone fills the column ``gender``."""

_EYE = re.compile(r"(.+)[_-](?:left|right|l|r)(?: eye)?(?:\.\w+)?", re.IGNORECASE)
"""How ODIR, CRFO and BEH called the file of an eye; what stands before names the patient."""


class Smdg(ListedImages):
    """Fundus photographs under one form, whose table still knows where each came from."""

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where table and files do not agree."""
        file = find_table(self.need_root(), ("metadata - standardized.csv", "metadata.csv"))
        table = read_table(
            file,
            ("names", "types"),
            optional=("patient_id", "original_name", "sex", "gender", "age", "eye"),
        )
        types = [re.sub(r"\.0$", "", value) for value in table["types"]]
        labels = np.array(label_index(types, list(_CLASSES), table=file), dtype=np.int64)
        drop = self.spec.option("suspects") == "drop"
        certain = [row for row, kind in enumerate(types) if not (drop and kind == "-1")]
        rows, notes = self.present(table["names"], file, certain)
        if suspects := len(types) - len(certain):
            notes = (f"{suspects:,} images of suspects are left out", *notes)
        ids = tuple(table["names"][row] for row in rows)
        return SampleTable(
            ids=ids,
            labels=labels[rows],
            classes=tuple(_CLASSES.values())[: 2 if drop else 3],
            groups=tuple(_patient(table, row) for row in rows)
            if self.spec.option("split") == "patient"
            else None,
            sizes=sizes([self.path(name) for name in ids]),
            attributes=_attributes(table, rows),
            notes=notes,
        )

    def folder(self) -> Path:
        """Returns the folder of the photographs: masks have the same names, in other folders."""
        folder = self.need_root() / "full-fundus"
        if not folder.is_dir():
            raise DataError(
                "the folder full-fundus is missing",
                where=str(self.need_root()),
                expected="full-fundus/ beside the table, or full-fundus/full-fundus/",
                mend=unpack(self.need_root()) or "unpack the photographs too",
            )
        return folder


def _attributes(table: dict[str, list[str]], rows: list[int]) -> dict[str, tuple[str, ...]]:
    """Reads what the table tells about each image, where it tells it about any."""
    columns = {name: known(table[name][row] for row in rows) for name in table}
    found = {"source": tuple(_source(table, row) for row in rows)}
    if "sex" in columns:
        codes = columns.get("gender", columns["sex"])
        pairs = zip(columns["sex"], codes, strict=True)
        found["sex"] = tuple(sex or _SEXES.get(code, code) for sex, code in pairs)
    found |= {name: columns[name] for name in ("age", "eye") if name in columns}
    return {name: values for name, values in found.items() if any(values)}


def _source(table: dict[str, list[str]], row: int) -> str:
    return re.sub(r"-\d+$", "", table["names"][row])


def _patient(table: dict[str, list[str]], row: int) -> str:
    """Names a patient as the table does, or by what the files of both eyes share, or not at all."""
    patient = table["patient_id"][row] if "patient_id" in table else ""
    if patient.lower() not in EMPTY:
        return patient
    eye = _EYE.fullmatch(table["original_name"][row]) if "original_name" in table else None
    return f"{_source(table, row)}/{eye[1]}" if eye else table["names"][row]
