"""The table of samples as a person or a spreadsheet reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from medpeft_sdk.data.dataset import Dataset, SampleTable
from medpeft_sdk.data.disk import writing
from medpeft_sdk.data.splits import make_splits
from medpeft_sdk.errors import DataError, StoreError


def label_texts(table: SampleTable) -> list[str]:
    """Returns the class of each sample, or its classes joined by ``+``; empty where it has none."""
    if not table.classes:
        return [""] * len(table)
    if table.labels.ndim == 1:
        return [table.classes[k] for k in table.labels.tolist()]
    return ["+".join(table.classes[k] for k in row.nonzero()[0]) for row in table.labels]


def columns(
    table: SampleTable, *, on_unsplit: Callable[[str], object] = lambda why: None
) -> dict[str, Sequence[str]]:
    """Returns the table column by column, as text, with the splits that an evaluation uses.

    Args:
        table: The samples.
        on_unsplit: Is told why no split can be made; the table then has the distributor's, if any.
    """
    found: dict[str, Sequence[str]] = {"id": table.ids}
    if table.classes:
        found["label"] = label_texts(table)
    try:
        found["split"] = make_splits(table).sides(len(table))
    except DataError as error:
        on_unsplit(error.what)
        if table.splits:
            found["split"] = table.splits
    if table.groups:
        found["group"] = table.groups
    found |= table.attributes
    if table.texts:
        found["text"] = table.texts
    return found


def check_apart(output: Path, dataset: Dataset) -> None:
    """Raises `StoreError` where an output would replace what a dataset is read from."""
    root = dataset.root
    if root and output.exists() and output.resolve().is_relative_to(root.resolve()):
        raise StoreError(
            "the table would replace a file of the dataset itself",
            where=str(output),
            expected="a new file, or one elsewhere",
            mend="choose another file with --output",
        )


def to_csv(table: Mapping[str, Sequence[str]]) -> str:
    """Returns a line a sample with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue()


def write_parquet(table: Mapping[str, Sequence[str]], file: Path) -> None:
    """Writes a row a sample; raises `StoreError` where the file cannot be written."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with writing(file, "the table cannot be written", otherwise="choose another path"):
        pq.write_table(pa.table({name: list(column) for name, column in table.items()}), file)
