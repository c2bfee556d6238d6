"""Reading files of MedMNIST's form."""

from __future__ import annotations

import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

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
        labels = {split: self._array(f"{split}_labels") for split in SPLITS}
        ids: list[str] = []
        for split in SPLITS:
            images, known = self._array(f"{split}_images"), labels[split]
            if images.dtype != np.uint8 or images.ndim not in (3, 4) or len(images) != len(known):
                raise DataError(
                    f"{split}_images has shape {images.shape} and type {images.dtype}",
                    where=str(self._file),
                    expected=f"({len(known)}, height, width) or (…, 3), uint8",
                    mend="fetch the file again",
                )
            ids += [f"{split}/{row}" for row in range(len(known))]
        found = np.concatenate([labels[split] for split in SPLITS]).astype(np.int64)
        found = found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
        count = found.shape[1] if found.ndim == 2 else int(found.max()) + 1
        return SampleTable(
            ids=tuple(ids),
            labels=found,
            classes=self.spec.classes or tuple(map(str, range(count))),
            splits=tuple(name.partition("/")[0] for name in ids),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file, which all images share."""
        return self._file

    def read(self, sample_id: str) -> npt.NDArray[np.uint8]:
        """Returns one image; see `Dataset.read`."""
        split, _, row = sample_id.partition("/")
        image = self._array(f"{split}_images")[int(row)]
        return np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image

    def _array(self, name: str) -> npt.NDArray[Any]:
        if name not in self._arrays:
            raise DataError(
                f"the file has no {name}",
                where=str(self._file),
                expected="{train,val,test}_images and {train,val,test}_labels",
                mend="give a file as MedMNIST makes them",
            )
        return self._arrays[name]

    @cached_property
    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All arrays of the file, which are decompressed once."""
        try:
            with np.load(self._file, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(
                f"the file cannot be read: {error}",
                where=str(self._file),
                expected="an npz file of arrays",
                mend="fetch the file again",
            ) from error

    @cached_property
    def _file(self) -> Path:
        if self.root is not None and self.root.suffix == ".npz" and self.root.is_file():
            return self.root
        if self.root is not None and self.root.suffix == ".npz":
            raise DataError("the file does not exist", where=str(self.root), expected="an npz file")
        root, stem = self.need_root(), self.spec.base.removeprefix(PREFIX)
        file = root / file_name(stem, int(self.spec.option("size")))
        if not file.is_file():
            raise DataError(
                f"the file {file.name} is missing",
                where=str(root),
                expected=file.name,
                mend=f"medpeft datasets prepare {self.spec.name} --data {root}",
            )
        return file
