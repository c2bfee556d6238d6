"""Reading BUSI."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import images, sizes
from medpeft_sdk.data import Dataset, SampleTable
from medpeft_sdk.errors import DataError

_FOLDER = "Dataset_BUSI_with_GT"
_TWINS = Path(__file__).with_name("twins.csv")
"""Images that nearly repeat each other, one cluster a line."""


class Busi(Dataset):
    """Breast ultrasound images; the folder names the class, ``_mask`` files are left out.

    The set names no patients. Which images nearly repeat another stands beside this file: a list
    that is fixed, so that the splits are. It has all that ``medpeft datasets verify`` finds, and
    some clusters more, of a comparison that did not take away what all images have in common.
    """

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where a class folder is missing or empty."""
        files = [file for name in self.spec.classes for file in self._images(name)]
        ids = [f"{file.parent.name}/{file.name}" for file in files]
        policy, clusters = self.spec.option("twins"), _clusters()
        left_out = {name for members in clusters for name in _surplus(members)}
        rows = [r for r, name in enumerate(ids) if policy != "drop" or name not in left_out]
        dropped = len(ids) - len(rows)
        first = {name: members[0] for members in clusters for name in members}
        index = {name: k for k, name in enumerate(self.spec.classes)}
        return SampleTable(
            ids=tuple(ids[row] for row in rows),
            labels=np.array([index[files[row].parent.name] for row in rows], dtype=np.int64),
            classes=self.spec.classes,
            groups=tuple(first.get(ids[row], ids[row]) for row in rows)
            if policy == "group"
            else None,
            sizes=sizes([files[row] for row in rows]),
            notes=(f"{dropped} images that nearly repeat another are left out",) if dropped else (),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of a sample."""
        return self._folder() / sample_id

    def _folder(self) -> Path:
        root = self.need_root()
        return root / _FOLDER if (root / _FOLDER).is_dir() else root

    def _images(self, name: str) -> list[Path]:
        """Returns the images of a class without their masks."""
        found = [file for file in images(self._folder() / name) if "_mask" not in file.stem]
        if not found:
            raise DataError(
                f"the class folder '{name}' holds masks only",
                where=str(self._folder() / name),
                expected=f"the images too, such as {name} (1).png",
                mend="unpack the archive again",
            )
        return found


def _clusters() -> list[list[str]]:
    return [line.split(",") for line in _TWINS.read_text("utf-8").splitlines()]


def _surplus(members: list[str]) -> list[str]:
    """Returns what the policy ``drop`` leaves out: all but the first, or all of mixed classes."""
    classes = {member.partition("/")[0] for member in members}
    return members[1:] if len(classes) == 1 else members
