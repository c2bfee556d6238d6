"""Reading files of MedMNIST's form."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.medmnist.archive import Archive
from medpeft_plugins.datasets.medmnist.spec import PREFIX, file_name
from medpeft_sdk.data import SPLITS, Dataset, SampleTable
from medpeft_sdk.errors import DataError


class MedMnist(Dataset):
    """Images of one size in one file, with the distributor's splits."""

    @classmethod
    def root_of(cls, name: str) -> Path | None:
        """Returns the file that ``medmnist:FILE.npz`` states."""
        stated = name.removeprefix(PREFIX)
        return Path(stated).expanduser() if stated.endswith(".npz") else None

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where the file has another form."""
        parts = [self._labels(split) for split in SPLITS]
        self._check_alike(parts)
        lengths = [len(part) for part in parts]
        labels = np.concatenate(parts)
        count = labels.shape[1] if labels.ndim == 2 else int(labels.max()) + 1
        classes = self.spec.classes or tuple(map(str, range(count)))
        if count > len(classes) or labels.min() < 0 or (labels.ndim == 2 and labels.max() > 1):
            raise self._wrong(
                f"its labels go from {labels.min()} to {labels.max()}",
                f"one of the {len(classes)} classes, or 0 and 1 for each",
            )
        if labels.ndim == 1 and (labels == labels[0]).all():
            raise self._wrong(
                f"there is one class only: '{classes[labels[0]]}'", "two classes at least"
            )
        return SampleTable(
            ids=tuple(
                f"{split}/{row}"
                for split, length in zip(SPLITS, lengths, strict=True)
                for row in range(length)
            ),
            labels=labels,
            classes=classes,
            splits=tuple(np.repeat(SPLITS, lengths).tolist()),
            sizes=np.repeat([self._pixels(split) for split in SPLITS], lengths),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file, which all images share."""
        return self._file

    def read(self, sample_id: str) -> npt.NDArray[np.uint8]:
        """Returns one image; see `Dataset.read`."""
        split, _, row = sample_id.partition("/")
        image = np.array(self._archive.mapped(f"{split}_images")[int(row)])
        return np.stack([image] * 3, axis=2) if image.ndim == 2 else image

    def _labels(self, split: str) -> npt.NDArray[np.int64]:
        """Returns the labels of a split, ``(n,)`` or ``(n, classes)``, which have an image each."""
        labels = self._codes(split)
        shape, dtype = self._archive.shape(f"{split}_images")
        pictures = len(shape) == 3 or (len(shape) == 4 and shape[3] == 3)
        if not pictures or dtype != np.uint8 or shape[0] != len(labels):
            raise self._wrong(
                f"{split}_images has shape {shape} and type {dtype}",
                f"({len(labels)}, height, width) or ({len(labels)}, height, width, 3), uint8",
            )
        return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels

    def _codes(self, split: str) -> npt.NDArray[np.int64]:
        """Returns the labels of a split, one or several a row, which are whole numbers."""
        labels = self._archive.array(f"{split}_labels")
        if labels.dtype.kind not in "biuf" or labels.ndim not in (1, 2):
            raise self._wrong(
                f"{split}_labels has shape {labels.shape} and type {labels.dtype}",
                "a whole number for each image, or one for each of its classes",
            )
        strange = labels[~np.isfinite(labels) | (np.floor(labels) != labels)]
        if len(strange):
            raise self._wrong(
                f"{len(strange):,} labels in {split} are no whole numbers, such as {strange[0]}",
                "a label for each image",
            )
        return labels.astype(np.int64)

    def _check_alike(self, labels: Sequence[npt.NDArray[np.int64]]) -> None:
        """Checks that there are images, and that they and their labels have one form."""
        if not sum(map(len, labels)):
            raise self._wrong("it holds no image", "images in each split")
        forms = {
            split: (self._archive.shape(f"{split}_images")[0][1:], part.shape[1:])
            for split, part in zip(SPLITS, labels, strict=True)
        }
        for what, at in (("images", 0), ("labels", 1)):
            shapes = {split: form[at] for split, form in forms.items()}
            if len(set(shapes.values())) > 1:
                named = ", ".join(f"{shape} in {split}" for split, shape in shapes.items())
                raise self._wrong(
                    f"its {what} have one shape here and another there: {named}",
                    f"{what} of one shape in all splits",
                )

    def _pixels(self, split: str) -> int:
        """Returns how many numbers one image has, by which files of several sizes differ."""
        shape, _ = self._archive.shape(f"{split}_images")
        return math.prod(shape[1:])

    def _wrong(self, what: str, expected: str) -> DataError:
        return DataError(
            f"the file cannot be used: {what}",
            where=str(self._file),
            expected=expected,
            mend="give a file of two-dimensional images and their labels, as MedMNIST makes them",
        )

    @cached_property
    def _archive(self) -> Archive:
        return Archive(self._file)

    @cached_property
    def _file(self) -> Path:
        if self.spec.base.endswith(".npz"):
            assert self.root is not None, "the name states the file"
            if not self.root.is_file():
                raise DataError(
                    "the file does not exist",
                    where=str(self.root),
                    expected="an npz file",
                    mend="correct the path",
                )
            return self.root
        root, stem = self.need_root(), self.spec.base.removeprefix(PREFIX)
        file = root / file_name(stem, int(self.spec.option("size")))
        if not file.is_file():
            raise DataError(
                f"the file {file.name} is missing",
                where=str(root),
                expected=file.name,
                mend=shlex.join(
                    ("medpeft", "datasets", "prepare", self.spec.name, "--data", str(root))
                ),
            )
        return file
