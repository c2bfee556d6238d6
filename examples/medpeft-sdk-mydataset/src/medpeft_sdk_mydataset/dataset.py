"""A table of scans, and the folder of their images."""

from pathlib import Path

import numpy as np

from medpeft_sdk.data import Dataset, SampleTable, grouped, read_table
from medpeft_sdk.errors import DataError

COLUMNS = ("file", "patient", "finding", "sex", "quality")


class MyDataset(Dataset):
    """Scans, several of a patient, which a split keeps together."""

    def index(self) -> SampleTable:
        """Lists the scans; raises `DataError` where table and files do not agree."""
        root = self.need_root()
        table = read_table(root / "scans.csv", COLUMNS)
        keep = self.spec.option("blurred") == "keep"
        rows = [row for row, quality in enumerate(table["quality"]) if keep or quality != "blurred"]
        files = [table["file"][row] for row in rows]
        if absent := [name for name in files if not self.path(name).is_file()]:
            raise DataError(
                f"{len(absent)} scans are missing, such as {absent[0]}",
                where=str(root / "images"),
                expected="a file for each row of scans.csv",
                mend="ask the hospital for the rest",
            )
        findings = [table["finding"][row] for row in rows]
        if strange := set(findings) - set(self.spec.classes):
            raise DataError(
                f"the finding '{min(strange)}' is none of the classes",
                where=str(root / "scans.csv"),
                expected=", ".join(self.spec.classes),
                mend="correct the table",
            )
        return SampleTable(
            ids=tuple(files),
            labels=np.array([self.spec.classes.index(name) for name in findings]),
            classes=self.spec.classes,
            groups=grouped((table["patient"][row] for row in rows), files),
            sizes=np.array([self.path(name).stat().st_size for name in files]),
            attributes={"sex": tuple(table["sex"][row] for row in rows)},
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of a scan, which the core decodes, DICOM too."""
        return self.need_root() / "images" / sample_id
