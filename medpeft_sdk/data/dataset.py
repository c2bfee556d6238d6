"""What a dataset plugin implements, and the table of samples that it gives."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medpeft_sdk.data.decode import decode_image, open_image
from medpeft_sdk.data.fit import Fit, fit_image
from medpeft_sdk.errors import DataError, PluginError
from medpeft_sdk.specs import DatasetSpec, can_be_shown
from medpeft_sdk.units import counted

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class SampleTable:
    """The samples of a dataset, column by column; row ``i`` of each column is one sample.

    Attributes:
        ids: Unique names, stable across machines: paths relative to the dataset, with ``/``.
        labels: Class indices, shape ``(n,)``, ``int64``, in ``[0, len(classes))``; where a sample
            has any number of the classes, 0 and 1 for each of them, shape ``(n, classes)``.
        classes: Class names in index order.
        groups: Names of patients, lesions or studies; a group is never parted. ``None`` where
            every sample stands alone.
        splits: ``train``, ``val`` or ``test`` for each sample where the distributor fixes them.
        sizes: Bytes of each file, ``int64``; ``None`` where images are generated.
        attributes: Further columns, such as sex or source, as text; empty where unknown.
        texts: What is written about each image, such as a report's impression.
        notes: What was left out of the distributor's files, and why, in sentences.

    Raises:
        DataError: An id occurs twice, a column has another length, or a value is not allowed.
    """

    ids: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    groups: tuple[str, ...] | None = None
    splits: tuple[str, ...] | None = None
    sizes: npt.NDArray[np.int64] | None = None
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    texts: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        columns = {"labels": self.labels, "groups": self.groups, "splits": self.splits}
        columns |= {"sizes": self.sizes, "texts": self.texts, **self.attributes}
        for name, column in columns.items():
            if column is not None and len(column) != len(self):
                raise DataError(
                    f"the column {name} has {len(column)} rows",
                    where="the table of samples",
                    expected=f"{len(self)} rows, one for each id",
                )
        if twice := [name for name, count in Counter(self.ids).items() if count > 1]:
            raise DataError(
                f"{len(twice)} ids occur more than once, such as {twice[0]}",
                where="the table of samples",
                expected="one row for each image",
            )
        if hidden := [name for name in self.ids if not can_be_shown(name)]:
            raise DataError(
                f"{counted(len(hidden), 'name')} of images cannot be shown, such as {hidden[0]!r}",
                where="the table of samples",
                expected="names in UTF-8, without control characters",
                mend="rename the files",
            )
        if self.labels.ndim == 2 and self.labels.shape[1] != len(self.classes):
            raise DataError(
                f"there are {self.labels.shape[1]} labels a sample for {len(self.classes)} classes",
                where="the table of samples",
                expected="0 or 1 for each class",
            )
        # Without classes, as where there are texts only, every label is 0.
        count = max(1, len(self.classes)) if self.labels.ndim == 1 else 2
        if len(self) and not (self.labels.min() >= 0 and self.labels.max() < count):
            raise DataError(
                f"a label is outside the {len(self.classes)} classes",
                where="the table of samples",
                expected=f"indices from 0 to {count - 1}"
                if self.labels.ndim == 1
                else "0 or 1 for each class",
            )
        if unknown := set(self.splits or ()) - set(SPLITS):
            raise DataError(
                f"a split is called '{min(unknown)}'",
                where="the table of samples",
                expected="train, val or test",
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of ids, labels, classes, groups, splits, sizes and texts, in any order."""
        optional = (self.groups, self.splits, self.sizes, self.texts)
        columns = [self.ids, self.labels.tolist(), *(c for c in optional if c is not None)]
        rows = sorted("\x1f".join(map(str, row)) for row in zip(*columns, strict=True))
        text = "\x1e".join(["\x1f".join(self.classes), *rows])
        return hashlib.sha256(text.encode()).hexdigest()

    def by_id(self, rows: Sequence[int]) -> npt.NDArray[np.int64]:
        """Returns rows in the order of their ids, so that the table's own order never matters."""
        return np.array(sorted(rows, key=lambda row: self.ids[row]), dtype=np.int64)


class Dataset(ABC):
    """Reads one dataset as its distributor ships it.

    A dataset of files implements `index` and `path`; one whose images are generated, or need
    more than decoding, implements `index` and `read`. `read` is called from several threads.

    Attributes:
        spec: What was registered.
        root: The folder with the files; ``None`` where images are generated.
    """

    def __init__(self, spec: DatasetSpec, root: Path | None) -> None:
        self.spec, self.root = spec, root

    @classmethod
    def root_of(cls, name: str) -> Path | None:
        """Returns the folder that the name itself states, as in ``folder:PATH``.

        Args:
            name: The name as the user typed it.
        """
        del name
        return None

    @abstractmethod
    def index(self) -> SampleTable:
        """Lists the samples without decoding any image.

        Raises:
            DataError: The folder is not laid out as expected.
        """

    def path(self, sample_id: str) -> Path | None:
        """Returns the file of a sample; ``None`` where there is none."""
        del sample_id
        return None

    def stored(self, sample_id: str) -> bytes | None:
        """Returns the bytes of an image that is part of something larger, such as a row of a table.

        Only they tell when it became another image; ``None`` where `path` finds a file.
        """
        del sample_id
        return None

    def read(self, sample_id: str) -> npt.NDArray[np.uint8]:
        """Decodes one image.

        Returns:
            RGB pixels, shape ``(height, width, 3)``, ``uint8``, at the stored size.

        Raises:
            DataError: The file is missing, truncated or not an image.
            PluginError: The dataset implements neither `path` nor this.
        """
        path = self.path(sample_id)
        if path is None:
            raise PluginError(
                f"the dataset '{self.spec.base}' neither finds nor reads its images",
                where=f"{type(self).__module__}.{type(self).__qualname__}",
                expected="path, for images in files, or read, for all others",
                mend="implement one of the two",
            )
        return decode_image(path)

    def read_square(self, sample_id: str, size: int, fit: Fit) -> npt.NDArray[np.uint8]:
        """Decodes one image and resizes it as `fit_image` does; errors are those of `read`."""
        path = self.path(sample_id)
        if path is None or type(self).read is not Dataset.read:
            return fit_image(self.read(sample_id), size, fit)
        # All its pixels need not become an array: nearly a fifth of the time of a JPEG.
        return fit_image(open_image(path), size, fit)

    def need_root(self) -> Path:
        """Returns the root; raises `DataError` where none was given or it does not exist."""
        name = self.spec.base
        if self.root is None:
            raise DataError(
                f"the images of '{name}' were not found",
                where="--data and MEDPEFT_DATA",
                expected=f"a folder laid out as\n{self.spec.layout}" if self.spec.layout else None,
                mend=f"add --data {name}=PATH"
                + (f" ({self.spec.access})" if self.spec.access else ""),
            )
        if not self.root.is_dir():
            what = "is a file" if self.root.exists() else "does not exist"
            raise DataError(
                f"the folder of '{name}' {what}",
                where=str(self.root),
                expected="a folder",
                mend="correct the path",
            )
        return self.root
