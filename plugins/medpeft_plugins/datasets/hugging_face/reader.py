"""Reading a dataset of the Hugging Face Hub, by its own library."""

from __future__ import annotations

import io
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.hugging_face.spec import PREFIX
from medpeft_sdk.data import Dataset, SampleTable, decode_image
from medpeft_sdk.errors import DataError

_SPLITS = {"train": "train", "validation": "val", "valid": "val", "val": "val", "test": "test"}


class HuggingFace(Dataset):
    """A repository with an image and a label in each row; its splits are the distributor's."""

    def index(self) -> SampleTable:
        """Lists the rows; raises `DataError` where the repository has another form."""
        label, group = str(self.spec.option("label")), str(self.spec.option("group"))
        parts = {name: part for name, part in self._data.items() if name in _SPLITS}
        if not parts:
            raise self._wrong(f"its splits are {', '.join(self._data)}", "train, validation, test")
        labels: list[Any] = []
        groups: list[str] = []
        ids: list[str] = []
        sides: list[str] = []
        for name, part in parts.items():
            for column in filter(None, (str(self.spec.option("image")), label, group)):
                if column not in part.column_names:
                    raise self._wrong(f"it has no column '{column}'", ", ".join(part.column_names))
            labels += part[label]
            groups += map(str, part[group]) if group else []
            ids += [f"{name}/{row}" for row in range(len(part))]
            sides += [_SPLITS[name]] * len(part)
        feature: Any = next(iter(parts.values())).features[label]
        names: list[str] | None = getattr(feature, "names", None)
        if any(value is None or value == -1 for value in labels):
            raise self._wrong(f"a row has no {label}", "a label in each row")
        classes = tuple(names) if names else tuple(sorted({str(value) for value in labels}))
        index = {name: k for k, name in enumerate(classes)}
        found = labels if names else [index[str(value)] for value in labels]
        return SampleTable(
            ids=tuple(ids),
            labels=np.array(found, dtype=np.int64),
            classes=classes,
            groups=tuple(groups) if group else None,
            splits=tuple(sides) if len(parts) > 1 else None,
        )

    def read(self, sample_id: str) -> npt.NDArray[np.uint8]:
        """Decodes one image; see `Dataset.read`."""
        split, _, row = sample_id.partition("/")
        value = self._data[split][int(row)][str(self.spec.option("image"))]
        source = io.BytesIO(value["bytes"]) if value.get("bytes") else value["path"]
        return decode_image(source, name=f"{self.spec.name} {sample_id}")

    @cached_property
    def _data(self) -> dict[str, Any]:
        """The rows by split; images stay as they are stored until they are read."""
        try:
            from datasets import Image, load_dataset
        except ImportError as error:
            raise DataError(
                "the library datasets is not installed",
                where=self.spec.name,
                mend="pip install 'medpeft-sdk[hf]'",
            ) from error
        repository, _, revision = self.spec.base.removeprefix(PREFIX).partition("@")
        try:
            found: Any = load_dataset(
                repository, str(self.spec.option("config")) or None, revision=revision or None
            )
            image = str(self.spec.option("image"))
            return {
                name: part.cast_column(image, Image(decode=False))
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
                mend="check name, revision and network, or point to a folder: hf:PATH",
            ) from error

    def _wrong(self, what: str, expected: str) -> DataError:
        return DataError(
            f"the repository cannot be used: {what}",
            where=self.spec.name,
            expected=expected,
            mend="name the columns: image=…, label=…",
        )
