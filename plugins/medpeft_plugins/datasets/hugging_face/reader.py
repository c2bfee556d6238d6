"""Reading a dataset of the Hugging Face Hub, by its own library."""

from __future__ import annotations

import importlib
import io
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from medpeft_plugins.datasets.hugging_face.spec import PREFIX, folder_of
from medpeft_plugins.datasets.sides import SIDES
from medpeft_sdk.data import Dataset, SampleTable, decode_image, grouped
from medpeft_sdk.errors import DataError, nearest


class HuggingFace(Dataset):
    """A repository with an image and a label in each row; its splits are the distributor's."""

    @classmethod
    def root_of(cls, name: str) -> Path | None:
        """Returns the folder that ``hf:FOLDER`` states."""
        return folder_of(name)

    def index(self) -> SampleTable:
        """Lists the rows; raises `DataError` where the repository has another form."""
        parts = {name: part for name, part in self._data.items() if name.lower() in SIDES}
        if not parts:
            raise self._wrong(
                f"its splits are {', '.join(self._data)}",
                "train, validation, test",
                "rename them, or name a configuration that has these: config=NAME",
            )
        group = self._option("group")
        for part in parts.values():
            self._check_columns(part.column_names)
        lengths = [len(part) for part in parts.values()]
        labels, classes = self._labels(list(parts.values()))
        ids = tuple(
            self._id(split, row)
            for split, length in zip(parts, lengths, strict=True)
            for row in range(length)
        )
        groups = [value for part in parts.values() for value in part[group]] if group else []
        named = ("" if value is None else str(value) for value in groups)
        return SampleTable(
            ids=ids,
            labels=labels,
            classes=classes,
            groups=grouped(named, ids) if group else None,
            splits=tuple(np.repeat([SIDES[name.lower()] for name in parts], lengths).tolist())
            if len(parts) > 1
            else None,
            sizes=np.concatenate([self._sizes(part) for part in parts.values()]),
        )

    def path(self, sample_id: str) -> Path | None:
        """Returns the file of an image; ``None`` where its row holds it."""
        value = self._image(sample_id)
        return Path(value["path"]) if value["bytes"] is None else None

    def stored(self, sample_id: str) -> bytes | None:
        """Returns the bytes of an image that its row holds; see `Dataset.stored`."""
        return self._image(sample_id)["bytes"]

    def read(self, sample_id: str) -> npt.NDArray[np.uint8]:
        """Decodes one image; see `Dataset.read`."""
        value = self._image(sample_id)
        source = Path(value["path"]) if value["bytes"] is None else io.BytesIO(value["bytes"])
        return decode_image(source, name=f"{self.spec.name} {sample_id}")

    def _check_columns(self, there: Sequence[str]) -> None:
        for option in ("image", "label", "group"):
            column = self._option(option)
            if column in there or (option == "group" and not column):
                continue
            near = nearest(column, there)
            raise self._wrong(
                f"it has no column '{column}'",
                ", ".join(there),
                f"did you mean {option}={near[0]}?" if near else f"name another: {option}=COLUMN",
            )

    def _option(self, name: str) -> str:
        return str(self.spec.option(name))

    def _id(self, split: str, row: int) -> str:
        """Names an image by configuration, split, row and column: each has pixels of its own."""
        return "/".join(
            filter(None, (self._option("config"), split, str(row), self._option("image")))
        )

    def _image(self, sample_id: str) -> dict[str, Any]:
        """Returns an image as its row has it, without the row's other columns."""
        *_, split, row, column = sample_id.split("/")
        return self._data[split].data.column(column)[int(row)].as_py()

    def _labels(self, parts: list[Any]) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Returns the labels of all rows, and the classes, as the repository names them or sorted.

        Raises:
            DataError: A row has no label.
        """
        column = self._option("label")
        feature = parts[0].features[column]
        many = hasattr(feature, "feature")
        rows = [value if many else [value] for part in parts for value in part[column]]
        if any(row is None or None in row or -1 in row for row in rows):
            raise self._wrong(
                f"a row has no {column}",
                "a label in each row",
                "name another column: label=COLUMN, or a configuration: config=NAME",
            )
        stated: list[str] | None = getattr(feature.feature if many else feature, "names", None)
        classes = stated or sorted({str(value) for row in rows for value in row})
        index = {value if stated else str(value): k for k, value in enumerate(classes)}
        codes = [[v if stated else index[str(v)] for v in row] for row in rows]
        if not many:
            return np.array([row[0] for row in codes], dtype=np.int64), tuple(classes)
        found = np.zeros((len(codes), len(classes)), dtype=np.int64)
        for at, row in enumerate(codes):
            found[at, row] = 1
        return found, tuple(classes)

    def _sizes(self, part: Any) -> npt.NDArray[np.int64]:
        """Returns the bytes of each image as it is stored, without decoding it."""
        sizes: list[int] = []
        for chunk in part.data.column(self._option("image")).chunks:
            lengths = pc.call_function("binary_length", [chunk.field("bytes")]).to_pylist()
            paths = chunk.field("path").to_pylist()
            if (None, None) in zip(lengths, paths, strict=True):
                raise self._wrong(
                    "a row has no image",
                    f"an image in each row of the column '{self._option('image')}'",
                    "remove the row, or name another column: image=COLUMN",
                )
            sizes += [
                Path(path).stat().st_size if length is None else length
                for length, path in zip(lengths, paths, strict=True)
            ]
        return np.array(sizes, dtype=np.int64)

    @cached_property
    def _data(self) -> dict[str, Any]:
        """The rows by split; images stay as they are stored until they are read."""
        try:
            library: Any = importlib.import_module("datasets")
        except ImportError as error:
            raise DataError(
                "the library datasets is not installed",
                where=self.spec.name,
                mend="pip install 'medpeft-sdk[hf]'",
            ) from error
        repository, _, revision = self.spec.base.removeprefix(PREFIX).partition("@")
        folder = self.root if self.root is not None and self.root.is_dir() else None
        image = self._option("image")
        try:
            found = library.load_dataset(
                str(folder or repository),
                self._option("config") or None,
                revision=None if folder else revision or None,
            )
            return {
                name: part.cast_column(image, library.Image(decode=False))
                if image in part.column_names
                else part
                for name, part in found.items()
            }
        # The library and the network raise nearly anything.
        except Exception as error:
            raise DataError(
                f"the repository cannot be read: {type(error).__name__}: {error}",
                where=self.spec.name,
                expected="a dataset of images that load_dataset can open",
                mend="check name, revision and network, or point to a folder: hf:FOLDER",
            ) from error

    def _wrong(self, what: str, expected: str, mend: str) -> DataError:
        return DataError(
            f"the repository cannot be used: {what}",
            where=self.spec.name,
            expected=expected,
            mend=mend,
        )
