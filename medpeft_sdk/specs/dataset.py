"""What a dataset is, before any of its files is read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field

from medpeft_sdk.errors import SpecError
from medpeft_sdk.specs.base import NamedSpec, Scalar, Spec, split_options
from medpeft_sdk.specs.hyperparameters import Hyperparameter
from medpeft_sdk.specs.method import Task


class Download(Spec):
    """A file that anybody may fetch without an account.

    Attributes:
        file: Its name in the dataset's folder.
        url: Its address.
        digest: ``sha256:`` and 64 hexadecimal digits, or ``md5:`` and 32 where its distributor
            gives no other.
        needed_for: The values of options with which it is read; empty where it always is.
    """

    file: str
    url: str = Field(pattern=r"^https://")
    digest: str = Field(pattern=r"^(sha256:[0-9a-f]{64}|md5:[0-9a-f]{32})$")
    needed_for: dict[str, Scalar] = {}


class DatasetSpec(NamedSpec):
    """A set of images, with labels or with texts.

    Attributes:
        classes: Class names in index order; empty where only the files tell (a folder).
        labels: Whether a sample has one of the classes, or any number of them.
        group: What holds samples together that must not be parted by a split, such as
            ``patient``; ``None`` where every sample stands alone.
        attributes: Further columns that are read where the files have them, such as ``sex``.
        options: Label sets, splits and policies that a user can choose: ``name,option=value``.
        unnamed: Options that are left out of the name, since they change no label and no split:
            where files lie, what is read besides.
        redefining: Options that change which samples there are, their labels or their groups.
            Whether a copy is complete, and whether it leaks, is judged with their defaults.
        chosen: The values of options that differ from their defaults.
        access: How a user comes by it: who offers it, under which terms.
        layout: The folder tree that is read, as text for a person.
        counts: Samples per class in the complete set, with the defaults of ``redefining``.
        split_counts: Samples per split in the complete set, where the distributor fixes them.
        defects: What is known to be wrong with the set, and which option deals with it.
        downloads: The files that anybody may fetch.
        synthetic: Whether the images are generated; shown wherever the dataset is named.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*([:,].+)?$")
    title: str
    task: Task = "classification"
    classes: tuple[str, ...] = ()
    labels: Literal["one", "any"] = "one"
    modality: str
    group: str | None = None
    attributes: tuple[str, ...] = ()
    options: tuple[Hyperparameter, ...] = ()
    unnamed: tuple[str, ...] = ()
    redefining: tuple[str, ...] = ()
    chosen: dict[str, Scalar] = {}
    licence: str
    access: str
    citation: str = ""
    layout: str = ""
    counts: dict[str, int] = {}
    split_counts: dict[str, int] = {}
    defects: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    synthetic: bool = False
    version: str = "1"

    @property
    def base(self) -> str:
        """The name without options: what a folder of its files is given for."""
        return split_options(self.name)[0]

    def variant(self, options: Mapping[str, str], *, where: str | None = None) -> Self:
        """Returns the spec with other values for some options, which become part of its name.

        Raises:
            SpecError: An option is not declared, or its value is not allowed.
        """
        declared = {option.name: option for option in self.options}
        chosen: dict[str, Scalar] = {}
        for name, text in options.items():
            if name not in declared:
                near = difflib.get_close_matches(name, declared, n=1)
                part = (
                    f"leave it out; ',{name}=' begins an option: if it is part of a path, rename "
                    "what it names"
                )
                raise SpecError(
                    f"the dataset '{self.name}' has no option '{name}'",
                    where=where,
                    expected=", ".join(declared) or "no option at all",
                    mend=f"did you mean {near[0]}?" if near else part if ":" in self.name else None,
                )
            value = declared[name].parse(text, where=where or self.name)
            if value != declared[name].default:
                chosen[name] = value
        named = {name: value for name, value in chosen.items() if name not in self.unnamed}
        suffix = "".join(f",{name}={value}" for name, value in named.items())
        return self.model_copy(update={"name": self.name + suffix, "chosen": chosen})

    def judged(self) -> Self:
        """Returns the spec by which a copy of the set is judged: ``redefining`` at its defaults."""
        kept = {name: value for name, value in self.chosen.items() if name not in self.redefining}
        texts = {name: str(value) for name, value in kept.items()}
        plain = self.model_copy(update={"name": self.base, "chosen": {}})
        return plain.variant(texts) if kept != self.chosen else self

    def option(self, name: str) -> Scalar:
        """Returns the value of an option, chosen or default."""
        (declared,) = (option for option in self.options if option.name == name)
        return self.chosen.get(name, declared.default)

    def needed_downloads(self) -> tuple[Download, ...]:
        """Returns the downloads that are read with the values that options have."""
        return tuple(
            download
            for download in self.downloads
            if all(self.option(name) == value for name, value in download.needed_for.items())
        )
