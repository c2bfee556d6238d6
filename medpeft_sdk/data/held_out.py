"""The guard in front of the test split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medpeft_sdk.errors import DataError


@dataclass
class Reads:
    """Counts how often the rows behind any guard of one table were read."""

    count: int = 0


class HeldOut:
    """Rows that can be read once, after all choices are made.

    Training, early stopping and search are handed no other rows than those of the training and
    validation splits; evaluation is handed one guard for each cell.

    Args:
        rows: The rows.
        all_reads: Counts the reads of all guards of the table.

    Attributes:
        reads: How often the rows were read.
    """

    def __init__(self, rows: npt.NDArray[np.int64], all_reads: Reads | None = None) -> None:
        self._rows, self._all_reads = rows, all_reads or Reads()
        self.reads = 0

    def __len__(self) -> int:
        return len(self._rows)

    def read(self) -> npt.NDArray[np.int64]:
        """Returns the rows, the first time.

        Raises:
            DataError: They were read before.
        """
        if self.reads:
            raise DataError(
                "the test split was read a second time",
                where="a cell",
                expected="one read, after all choices are made",
                mend="choose on the validation split",
            )
        self.reads += 1
        self._all_reads.count += 1
        return self._rows
