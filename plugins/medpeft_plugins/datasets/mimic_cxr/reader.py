"""Reading MIMIC-CXR and MIMIC-CXR-JPG."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import sizes, unpack
from medpeft_plugins.datasets.listed import check_once, find_table, known
from medpeft_plugins.datasets.mimic_cxr.report import sections
from medpeft_plugins.datasets.sides import SIDES
from medpeft_sdk.data import Dataset, SampleTable, read_once, read_table
from medpeft_sdk.errors import DataError

_FRONTAL = ("PA", "AP")
_SUFFIXES = (".jpg", ".dcm")


class MimicCxr(Dataset):
    """Images and reports of a hospital's studies; the distributor fixes the splits by patient."""

    def index(self) -> SampleTable:
        """Lists images with text; raises `DataError` where tables and files do not agree."""
        table = self._metadata()
        studies = [
            f"files/p{subject[:2]}/p{subject}/s{study}"
            for subject, study in zip(table["subject_id"], table["study_id"], strict=True)
        ]
        views = table["ViewPosition"]
        wanted = [
            row
            for row, view in enumerate(views)
            if view in _FRONTAL or self.spec.option("views") == "all"
        ]
        found = {row: self._find(f"{studies[row]}/{table['dicom_id'][row]}") for row in wanted}
        there = {row: name for row, name in found.items() if name is not None}
        absent = [row for row in wanted if row not in there]
        if not there or (absent and self.spec.option("missing") == "fail"):
            raise self._missing(len(absent), len(wanted), studies[absent[0]] if absent else "")
        texts = self._texts([*dict.fromkeys(studies[row] for row in there)])
        rows = [row for row in there if texts[studies[row]] is not None]
        if not rows:
            raise self._silent()
        notes: list[str] = []
        if absent:
            notes.append(f"{len(absent):,} images that the table lists are missing")
        if silent := len(there) - len(rows):
            notes.append(f"{silent:,} images have no {self.spec.option('text')} and are left out")
        ids = tuple(there[row] for row in rows)
        splits = self._splits()
        return SampleTable(
            ids=ids,
            labels=np.zeros(len(ids), dtype=np.int64),
            classes=(),
            groups=tuple(table["subject_id"][row] for row in rows),
            splits=tuple(self._side(splits, table["dicom_id"][row]) for row in rows),
            sizes=sizes([self.path(name) for name in ids]),
            attributes={
                "study": tuple(table["study_id"][row] for row in rows),
                "view": known(views[row] for row in rows),
            },
            texts=tuple(texts[studies[row]] or "" for row in rows),
            notes=tuple(notes),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of an image."""
        return self.need_root() / sample_id

    def _metadata(self) -> dict[str, list[str]]:
        file = self._table("metadata")
        table = read_table(file, ("dicom_id", "subject_id", "study_id", "ViewPosition"))
        check_once(table["dicom_id"], file)
        return table

    def _splits(self) -> dict[str, str]:
        table = read_table(self._table("split"), ("dicom_id", "split"))
        return dict(zip(table["dicom_id"], table["split"], strict=True))

    def _side(self, splits: dict[str, str], image: str) -> str:
        if splits.get(image) not in SIDES:
            raise DataError(
                f"the split of image {image} is {splits.get(image, 'not told')}",
                where=str(self._table("split")),
                expected="train, validate or test for each image of the metadata",
                mend="fetch both tables from one version",
            )
        return SIDES[splits[image]]

    def _find(self, stem: str) -> str | None:
        """Returns an image's path below the root, JPEG or DICOM; ``None`` where it is not there."""
        names = (stem + suffix for suffix in _SUFFIXES)
        return next((name for name in names if self.path(name).is_file()), None)

    def _texts(self, studies: list[str]) -> dict[str, str | None]:
        """Returns the chosen sections of reports; ``None`` for one that lacks some or all."""
        chosen = str(self.spec.option("text"))
        wanted = ("findings", "impression") if chosen == "both" else (chosen,)
        files = [self._reports / f"{study}.txt" for study in studies]
        reports = read_once(f"{self.spec.base}-reports", files, _sections)
        return {
            study: " ".join(dict.fromkeys(found[kind] for kind in wanted))
            if found.keys() >= set(wanted)
            else None
            for study, found in zip(studies, reports, strict=True)
        }

    @cached_property
    def _reports(self) -> Path:
        """The folder of the reports: that of the images, or what their archive is called."""
        folder = self.need_root() / "mimic-cxr-reports"
        return folder if folder.is_dir() else self.need_root()

    def _table(self, kind: str) -> Path:
        name = f"mimic-cxr-2.0.0-{kind}.csv"
        return find_table(self.need_root(), (f"{name}.gz", name))

    def _missing(self, absent: int, wanted: int, study: str) -> DataError:
        return DataError(
            f"{absent:,} of {wanted:,} images of the table are missing, such as those of {study}",
            where=str(self.need_root()),
            expected="files/p10/p10000032/s50414267/<dicom_id>.jpg or .dcm",
            mend="complete the folder"
            + (f", or --dataset {self.spec.name},missing=drop" if absent < wanted else ""),
        )

    def _silent(self) -> DataError:
        return DataError(
            f"no image has a report with the section '{self.spec.option('text')}'",
            where=str(self._reports),
            expected="files/p10/p10000032/s50414267.txt, a report for each study",
            mend=unpack(self.need_root()) or "unpack mimic-cxr-reports.zip into the same folder",
        )


def _sections(file: Path) -> dict[str, str]:
    try:
        return sections(file.read_text("utf-8", errors="replace"))
    except FileNotFoundError:
        return {}
