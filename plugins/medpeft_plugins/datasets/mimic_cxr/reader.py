"""Reading MIMIC-CXR and MIMIC-CXR-JPG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import sizes
from medpeft_plugins.datasets.listed import find_table
from medpeft_plugins.datasets.mimic_cxr.report import sections
from medpeft_sdk.data import Dataset, SampleTable, read_table
from medpeft_sdk.errors import DataError

_SPLITS = {"train": "train", "validate": "val", "test": "test"}
_FRONTAL = ("PA", "AP")


class MimicCxr(Dataset):
    """Images and reports of a hospital's studies; the distributor fixes the splits by patient."""

    def index(self) -> SampleTable:
        """Lists images with text; raises `DataError` where tables and files do not agree."""
        root = self.need_root()
        metadata = read_table(
            _table(root, "metadata"), ("dicom_id", "subject_id", "study_id", "ViewPosition")
        )
        splits = read_table(_table(root, "split"), ("dicom_id", "split"))
        side = dict(zip(splits["dicom_id"], splits["split"], strict=True))
        texts: dict[str, str | None] = {}
        kept: list[tuple[str, str, str, str, str, str]] = []
        absent, silent, first = 0, 0, ""
        for image, subject, study, view in zip(*metadata.values(), strict=True):
            if self.spec.option("views") == "frontal" and view not in _FRONTAL:
                continue
            place = f"files/p{subject[:2]}/p{subject}/s{study}"
            name = next((n for n in _names(place, image) if (root / n).is_file()), None)
            if name is None:
                absent, first = absent + 1, first or f"{place}/{image}.jpg"
                continue
            if study not in texts:
                texts[study] = self._text(root / f"{place}.txt")
            text = texts[study]
            if text is None:
                silent += 1
                continue
            kept.append((name, subject, study, view, _side(side, image, root), text))
        if absent and (self.spec.option("missing") == "fail" or not kept):
            raise DataError(
                f"{absent:,} images of the table are missing, such as {first}",
                where=str(root),
                expected="a file for each row of the table",
                mend=f"complete the folder, or --dataset {self.spec.name},missing=drop",
            )
        if not kept:
            raise DataError(
                f"no image has a report with the section {self.spec.option('text')}",
                where=str(root),
                expected="files/p10/p10000032/s50414267.txt beside the folder of each study",
                mend="unpack mimic-cxr-reports.zip into the same folder",
            )
        notes = [f"{silent:,} images have no such section in their report"] if silent else []
        notes += [f"{absent:,} images of the table are missing"] if absent else []
        ids, subjects, studies, views, sides, told = zip(*sorted(kept), strict=True)
        return SampleTable(
            ids=ids,
            labels=np.zeros(len(ids), dtype=np.int64),
            classes=(),
            groups=subjects,
            splits=sides,
            sizes=sizes([root / name for name in ids]),
            attributes={"study": studies, "view": views},
            texts=told,
            notes=tuple(notes),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of an image."""
        return self.need_root() / sample_id

    def _text(self, file: Path) -> str | None:
        """Returns the chosen sections of a report; ``None`` where it lacks one, or is not there."""
        try:
            found = sections(file.read_text("utf-8", errors="replace"))
        except FileNotFoundError:
            return None
        chosen = str(self.spec.option("text"))
        wanted = ("findings", "impression") if chosen == "both" else (chosen,)
        return " ".join(found[kind] for kind in wanted) if found.keys() >= set(wanted) else None


def _table(root: Path, kind: str) -> Path:
    return find_table(root, (f"mimic-cxr-2.0.0-{kind}.csv.gz", f"mimic-cxr-2.0.0-{kind}.csv"))


def _names(place: str, image: str) -> tuple[str, str]:
    return f"{place}/{image}.jpg", f"{place}/{image}.dcm"


def _side(side: dict[str, str], image: str, root: Path) -> str:
    if side.get(image) not in _SPLITS:
        raise DataError(
            f"image {image} is in no split",
            where=str(_table(root, "split")),
            expected="train, validate or test for each image of the metadata",
            mend="fetch both tables from one version",
        )
    return _SPLITS[side[image]]
