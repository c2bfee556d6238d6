"""The spec of a table: its options name the columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from medpeft_plugins.datasets.policies import MISSING
from medpeft_sdk.errors import DataError, SpecError
from medpeft_sdk.specs import DatasetSpec, Hyperparameter

PREFIX = "csv:"
_JOINED = ("label", "classes", "attributes")


class TableSpec(DatasetSpec):
    """A table, whose options tell what it can be used for."""

    def variant(self, options: Mapping[str, str], *, where: str | None = None) -> Self:
        """Returns the spec with its options; see `DatasetSpec.variant`."""
        spec = super().variant(options, where=where)
        labels = names(str(spec.option("label")))
        spec._check(labels, where=where or self.name)
        return spec.model_copy(
            update={
                "labels": "any" if len(labels) > 1 else "one",
                "task": "classification" if labels else "text_to_image",
                "group": spec.option("group") or None,
                "attributes": names(str(spec.option("attributes"))),
            }
        )

    def _check(self, labels: Sequence[str], *, where: str) -> None:
        """Raises `SpecError` where options do not go together."""
        if not self.option("path"):
            raise SpecError(
                "no column holds the paths of the images",
                where=where,
                expected="a column's name",
                mend="name it: path=COLUMN",
            )
        if twice := [name for name, count in Counter(labels).items() if count > 1]:
            raise SpecError(
                f"the column '{twice[0]}' is named twice",
                where=where,
                expected="each column of labels once",
                mend="leave the second one out",
            )
        if self.option("classes") and len(labels) != 1:
            raise SpecError(
                f"classes are chosen for {len(labels)} columns of labels",
                where=where,
                expected="one column, whose values are the classes; of several, each is a class",
                mend="leave classes out, or name one column: label=COLUMN",
            )
        if self.option("others") == "drop" and not self.option("classes"):
            raise SpecError(
                "others=drop leaves no row out where no classes are chosen",
                where=where,
                expected="the classes whose rows are kept",
                mend="name them: classes=A+B",
            )


def resolve(name: str) -> TableSpec:
    """Makes the spec of ``csv:PATH``; its name keeps the last part of the path alone.

    Raises:
        DataError: The path is empty.
    """
    path = file_of(name)
    return TableSpec(
        name=PREFIX + path.name,
        title=f"Images of the table {path.name}",
        modality="any",
        options=(
            _text("path", "path", "Column with each image's path, relative to the images."),
            _text(
                "label",
                "label",
                "Column with the class; several columns of 0 and 1, joined by +, for labels that "
                "do not exclude each other; empty for images with texts alone.",
            ),
            _text("classes", "", "The classes in their order, joined by +; all values if empty."),
            Hyperparameter(
                name="others",
                type="str",
                default="fail",
                choices=("fail", "drop"),
                description="What is done about rows whose label is none of the classes.",
            ),
            _text("group", "", "Column with the patient, lesion or study that is not parted."),
            _text("split", "", "Column with train, val or test."),
            _text("text", "", "Column with what is written about the image."),
            _text("attributes", "", "Further columns, joined by +, such as sex+age."),
            _text("images", ".", "The folder of the images, relative to the table."),
            MISSING,
        ),
        unnamed=("images", "attributes"),
        licence="the user's own",
        access="a table of the user's",
        layout="a header, then a row for each image",
    )


def file_of(name: str) -> Path:
    """Returns the table that a name states.

    Raises:
        DataError: It states none.
    """
    stated = name.removeprefix(PREFIX)
    if not stated:
        raise DataError("csv: names no table", where=name, expected=f"{PREFIX}PATH")
    return Path(stated).expanduser().resolve()


def columns_of(spec: DatasetSpec, option: str) -> tuple[str, ...]:
    """Returns the columns that an option names, of which only some can name several."""
    text = str(spec.option(option))
    return names(text) if option in _JOINED else tuple(filter(None, (text,)))


def names(joined: str) -> tuple[str, ...]:
    """Splits what is joined by ``+``."""
    return tuple(name for name in joined.split("+") if name)


def _text(name: str, default: str, description: str) -> Hyperparameter:
    return Hyperparameter(name=name, type="str", default=default, description=description)
