"""What a trained network says about every sample of a split."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from medpeft_sdk.errors import DataError

_METADATA = b"medpeft_predictions"
_FORMAT = 2
_READABLE = (1, _FORMAT)
_ATTRIBUTE = "attribute_"
_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Predictions:
    """Labels and predicted probabilities, one row a sample.

    Attributes:
        ids: Unique names of the samples.
        groups: Names of the patients, lesions or studies that samples belong to; ``None`` where
            every sample stands alone.
        labels: True class indices, shape ``(n,)``, ``int64``; where a sample has any number of
            the classes, 0 and 1 for each of them, shape ``(n, classes)``.
        probabilities: Shape ``(n, classes)``, ``float32``, in [0, 1]; rows sum to one where a
            sample has one class.
        classes: Class names in index order.
        attributes: What else is known of the samples, such as sex, as text; empty where unknown.

    Raises:
        DataError: Lengths differ, an id repeats, a label is not a class, or a row does not hold
            finite probabilities.
    """

    ids: tuple[str, ...]
    groups: tuple[str, ...] | None
    labels: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]
    classes: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if complaint := self._complaint():
            raise DataError(
                "these predictions are not valid",
                where=complaint,
                expected="one row a sample: a unique id, its label or labels, and finite "
                "probabilities in [0, 1] that sum to one where classes exclude each other",
                mend="check what produced them; a network that diverged gives no predictions",
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def units(self) -> int:
        """What a bootstrap draws: patients, or samples where there are no groups."""
        return len(set(self.groups or self.ids))

    def check_aligned(self, other: Predictions) -> None:
        """Raises `DataError` unless both are about the same samples in the same order."""
        for name, same in {
            "ids": self.ids == other.ids,
            "groups": self.groups == other.groups,
            "labels": np.array_equal(self.labels, other.labels),
            "classes": self.classes == other.classes,
        }.items():
            if not same:
                raise DataError(
                    f"two sets of predictions differ in their {name}, so they cannot be compared",
                    expected="predictions of the same samples, in the same order",
                    mend="compare cells of one dataset, made from the same files",
                )

    def to_parquet(self, path: Path) -> None:
        """Writes the columns ``sample``, ``group``, ``label``, ``p_<index>``, ``attribute_<name>``.

        ``label`` is a class index; where a sample has any number of classes there is a column of
        0 and 1 for each of them instead, ``label_<index>``.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        about = {
            "format": _FORMAT,
            "classes": self.classes,
            "several_labels": self.labels.ndim == 2,
            "attributes": tuple(self.attributes),
        }
        schema = _schema(about)
        columns = [
            pa.array(self.ids, pa.string()),
            pa.array(self.groups or [None] * len(self), pa.string()),
            *(pa.array(column) for column in np.ascontiguousarray(np.atleast_2d(self.labels.T))),
            *(pa.array(column) for column in np.ascontiguousarray(self.probabilities.T)),
            *(pa.array(values, pa.string()) for values in self.attributes.values()),
        ]
        table = pa.table(columns, schema=schema.with_metadata({_METADATA: json.dumps(about)}))
        pq.write_table(table, path)

    @classmethod
    def from_parquet(cls, path: Path) -> Predictions:
        """Reads what `to_parquet` wrote; nothing in the file is executed.

        Raises:
            DataError: The file is missing, damaged or holds something else.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            file = pq.ParquetFile(path)
            about = _about(file.schema_arrow.metadata)
            schema = _schema(about)
            if not file.schema_arrow.remove_metadata().equals(schema):
                raise ValueError(f"its columns are {', '.join(file.schema_arrow.names)}")
            table = file.read()
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise DataError(
                f"the predictions cannot be read: {error}",
                where=str(path),
                expected=f"a Parquet file of predictions, format {_FORMAT}",
                mend="delete the cell's folder and run it again",
            ) from error
        groups = table["group"].to_pylist()
        classes = tuple(map(str, about["classes"]))
        several = [f"label_{i}" for i in range(len(classes))] if about["several_labels"] else None
        return cls(
            ids=tuple(table["sample"].to_pylist()),
            groups=None if all(group is None for group in groups) else tuple(groups),
            labels=np.column_stack([table[name] for name in several])
            if several
            else table["label"].to_numpy(),
            probabilities=np.column_stack([table[f"p_{i}"] for i in range(len(classes))]),
            classes=classes,
            attributes={
                name: tuple(table[_ATTRIBUTE + name].to_pylist()) for name in about["attributes"]
            },
        )

    def _complaint(self) -> str | None:
        n = len(self.ids)
        p, labels = self.probabilities, self.labels
        if not n:
            return "there is no sample"
        if p.shape != (n, len(self.classes)) or p.dtype != np.float32:
            return f"probabilities are {p.dtype} of shape {p.shape}"
        if labels.shape not in ((n,), p.shape) or labels.dtype != np.int64:
            return f"labels are {labels.dtype} of shape {labels.shape}"
        if self.groups is not None and len(self.groups) != n:
            return f"{len(self.groups)} groups for {n} samples"
        for name, values in self.attributes.items():
            if len(values) != n:
                return f"{len(values)} values of the attribute '{name}' for {n} samples"
        if len(set(self.ids)) < n:
            return "an id repeats"
        one = labels.ndim == 1
        if labels.min() < 0 or labels.max() >= (len(self.classes) if one else 2):
            return f"labels reach from {labels.min()} to {labels.max()}"
        # Written so that NaN is bad too.
        good = (
            (p >= 0).all(axis=1)
            & (p <= 1).all(axis=1)
            & (not one or np.abs(p.sum(axis=1, dtype=np.float64) - 1) <= _TOLERANCE)
        )
        if not good.all():
            row = int(np.argmin(good))
            return f"sample '{self.ids[row]}' has the probabilities {p[row].tolist()}"
        return None


def _schema(about: Mapping[str, Any]) -> Any:
    import pyarrow as pa

    classes = range(len(about["classes"]))
    labels = [f"label_{i}" for i in classes] if about["several_labels"] else ["label"]
    return pa.schema(
        [
            ("sample", pa.string()),
            ("group", pa.string()),
            *((name, pa.int64()) for name in labels),
            *((f"p_{i}", pa.float32()) for i in classes),
            *((_ATTRIBUTE + name, pa.string()) for name in about["attributes"]),
        ]
    )


def _about(metadata: Mapping[bytes, bytes] | None) -> Mapping[str, Any]:
    """Returns what a file says of itself; one of format 1 has one label a sample and no more."""
    about = json.loads((metadata or {})[_METADATA])
    if about["format"] not in _READABLE:
        raise ValueError(f"its format is {about['format']}")
    return {"several_labels": False, "attributes": ()} | about
