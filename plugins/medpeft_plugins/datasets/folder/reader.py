"""Reading a folder of images."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from medpeft_plugins.datasets.files import (
    SUFFIXES,
    folders,
    images,
    is_packed,
    sizes,
    some,
    visible,
)
from medpeft_plugins.datasets.folder import LAYOUT, PREFIX
from medpeft_plugins.datasets.sides import SIDES
from medpeft_sdk.data import Dataset, SampleTable
from medpeft_sdk.errors import DataError
from medpeft_sdk.specs import DatasetSpec, can_be_shown


def resolve(name: str) -> DatasetSpec:
    """Makes the spec of ``folder:PATH``; its name keeps the last part of the path alone.

    Raises:
        DataError: The path is empty.
    """
    folder = _root(name)
    return DatasetSpec(
        name=PREFIX + folder.name,
        title=f"Images of the folder {folder.name}",
        modality="any",
        licence="the user's own",
        access="a folder of the user's",
        layout=LAYOUT,
    )


class ImageFolder(Dataset):
    """A folder of the user's; only its files tell the classes."""

    @classmethod
    def root_of(cls, name: str) -> Path:
        """Returns the folder that ``folder:PATH`` states."""
        return _root(name)

    def index(self) -> SampleTable:
        """Lists the images; raises `DataError` where the folder has another layout."""
        root = self.need_root()
        parts = {part: SIDES[part.name.lower()] for part in folders(root) if _is_split(part)}
        classes = _classes(list(parts) or [root])
        files: list[Path] = []
        labels: list[int] = []
        splits: list[str] = []
        for part in parts or [root]:
            for label, name in enumerate(classes):
                found = _without_masks(part / name)
                files += found
                labels += [label] * len(found)
                splits += [parts.get(part, "")] * len(found)
        return SampleTable(
            ids=tuple(file.relative_to(root).as_posix() for file in files),
            labels=np.array(labels, dtype=np.int64),
            classes=classes,
            splits=tuple(splits) if parts else None,
            sizes=sizes(files),
            notes=_unread(root, list(parts)),
        )

    def path(self, sample_id: str) -> Path:
        """Returns the file of a sample."""
        return self.need_root() / sample_id


def _unread(root: Path, parts: list[Path]) -> tuple[str, ...]:
    """Tells what lies beside the class folders, and beside the splits, and is not read."""
    beside = [folder for folder in folders(root) if folder not in parts] if parts else []
    notes = [f"folders beside the splits are not read: {some(beside)}"] if beside else []
    around = [entry for folder in dict.fromkeys((root, *parts)) for entry in visible(folder)]
    if packed := [entry for entry in around if is_packed(entry)]:
        notes.append(f"archives beside the class folders are not unpacked: {some(packed)}")
    loose = [e for e in around if e.suffix.lower() in SUFFIXES and e.is_file()]
    if loose:
        notes.append(f"images beside the class folders are not read: {some(loose)}")
    return tuple(notes)


def _root(name: str) -> Path:
    path = name.removeprefix(PREFIX)
    if not path:
        raise DataError("folder: names no folder", where=name, expected=f"{PREFIX}PATH")
    root = Path(path).expanduser().resolve()
    _check_shown(root)
    return root


def _is_split(folder: Path) -> bool:
    return folder.name.lower() in SIDES


def _classes(parts: list[Path]) -> tuple[str, ...]:
    """Returns the names of the class folders, which all parts must share."""
    found = {part: tuple(f.name for f in folders(part)) for part in parts}
    classes = tuple(sorted(set().union(*found.values())))
    for part, names in found.items():
        for name in names:
            _check_shown(part / name)
    where = str(parts[0].parent if _is_split(parts[0]) else parts[0])
    if not classes:
        here = [f for f in visible(parts[0]) if f.is_file()]
        raise DataError(
            "there are no class folders" + (f", but the files {some(here)}" if here else ""),
            where=where,
            expected=LAYOUT,
            mend="put the images of each class into a folder of its own",
        )
    if masks := [name for name in classes if re.fullmatch(r"(?i)(seg\w*)?masks?", name)]:
        raise DataError(
            f"the folder '{masks[0]}' would be read as a class",
            where=where,
            expected=LAYOUT,
            mend="move the masks elsewhere",
        )
    if len(classes) == 1:
        inside = folders(parts[0] / classes[0]) if len(parts) == 1 else []
        nested = f"add one level to the path: {parts[0] / classes[0]}"
        raise DataError(
            f"there is one class only: '{classes[0]}'",
            where=where,
            expected=LAYOUT,
            mend=nested if inside else "put the images of a second class into a folder beside it",
        )
    for part, names in found.items():
        if missing := set(classes) - set(names):
            raise DataError(
                f"class '{min(missing)}' is missing in {part.name}",
                where=str(part),
                expected="the same class folders in every split: " + ", ".join(classes),
                mend="add the folder, or remove the class from the other splits",
            )
    return classes


def _check_shown(folder: Path) -> None:
    if not can_be_shown(folder.name):
        raise DataError(
            f"the name of a folder holds a character that cannot be shown: {folder.name!r}",
            where=str(folder.parent),
            expected="names without line breaks and other control characters",
            mend="rename the folder",
        )


def _without_masks(folder: Path) -> list[Path]:
    """Returns the images of a class; masks among them are refused, not guessed at."""
    files = images(folder)
    stems = {file.stem for file in files}
    masks = [f for f in files if "_mask" in f.stem and f.stem.split("_mask")[0] in stems]
    if masks:
        raise DataError(
            f"{len(masks)} masks lie among the images: {some(masks)}",
            where=str(folder),
            expected="images only; a mask would be read as one",
            mend="move the files with _mask in their name elsewhere",
        )
    return files
