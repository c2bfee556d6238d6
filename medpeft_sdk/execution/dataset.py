"""From a dataset's name and the user's folder to the object that reads it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from medpeft_sdk.data import Dataset, find_unreadable, make_splits
from medpeft_sdk.data.content import content_digest
from medpeft_sdk.data.fit import Fit
from medpeft_sdk.data.subsets import rare_classes, too_many_shots
from medpeft_sdk.errors import DataError, SpecError, unknown_name
from medpeft_sdk.execution.job import OnDecode
from medpeft_sdk.planning import PlannedDataset
from medpeft_sdk.registry import Registry
from medpeft_sdk.specs import DatasetSpec, Subset, split_options


def open_dataset(spec: DatasetSpec, registry: Registry, roots: Mapping[str, str]) -> Dataset:
    """Makes the implementation of a dataset, with the folder that the user named for it."""
    implementation: type[Dataset] = registry.datasets.get(spec.name).load()
    root = roots.get(spec.name)
    return implementation(spec, Path(root) if root else None)


def find_datasets(
    names: Sequence[str],
    registry: Registry,
    data: Mapping[str, str | Path],
    data_root: str | Path | None,
    *,
    subsets: Sequence[Subset],
    where: str,
    absent: list[str] | None = None,
) -> tuple[list[PlannedDataset], dict[str, str]]:
    """Indexes the datasets of a run.

    Args:
        names: As the user typed them, with their options.
        registry: Knows the datasets.
        data: Folders of datasets, by name, with or without options.
        data_root: A folder that holds one folder for each dataset.
        subsets: What is taken of each training split.
        where: The option or the protocol that holds the names.
        absent: Takes the names of datasets without a folder, which are then left out; if ``None``,
            such a dataset is an error.

    Returns:
        The datasets, and the folder of each that has files.

    Raises:
        MedpeftError: A name is unknown or stands there twice, a folder cannot be read, or a class
            has fewer training samples than shots.
    """
    bases = [split_options(name)[0] for name in names]
    for name in data:
        if name not in {*names, *bases}:
            raise unknown_name(
                "chosen dataset",
                name,
                # A folder is given for a name without options, which hold a = too.
                set(bases),
                where=f"--data {name}=…",
                mend=how_to_name("PATH", names, registry),
            )
    roots: dict[str, str] = {}
    planned: list[PlannedDataset] = []
    shots = max((subset.shots or 0 for subset in subsets), default=0)
    few: dict[str, dict[str, int]] = {}
    for name in names:
        entry = registry.datasets.get(name, where=where)
        if entry.spec.name in {other.spec.name for other in planned}:
            raise SpecError(
                f"two datasets are called '{entry.spec.name}'",
                where="--dataset",
                expected="another name for each; that of a folder is its last part",
                mend="rename one of the folders, or evaluate them one after the other",
            )
        root = find_root(name, entry.load(), data, data_root)
        if root is not None:
            roots[entry.spec.name] = str(root.absolute())
        dataset = open_dataset(entry.spec, registry, roots)
        try:
            table = dataset.index()
        except DataError:
            if absent is None or (root is not None and root.is_dir()):
                raise
            absent.append(entry.spec.name)
            continue
        if entry.spec.task == "classification" and not table.classes:
            raise DataError(
                f"'{entry.spec.name}' has no labels",
                where=where,
                expected="classes, which an evaluation compares predictions with",
            )
        planned.append(
            PlannedDataset(entry.spec, table.fingerprint, content_digest(dataset, table))
        )
        if shots and (rare := rare_classes(table, make_splits(table).train, shots)):
            few[entry.spec.name] = rare
    if few:
        raise too_many_shots(shots, few)
    return planned, roots


def how_to_name(path: str, datasets: Sequence[str], registry: Registry) -> str:
    """Says what to type so that a folder is that of the first dataset that needs one."""
    known = registry.datasets
    entries = {split_options(n)[0]: known.get(n, where="--dataset") for n in datasets}
    lacking = [
        base
        for base, entry in entries.items()
        if not entry.spec.synthetic and entry.load().root_of(base) is None
    ]
    if entries and not lacking:
        return "leave --data out: none of these datasets needs it"
    name = lacking[0] if lacking else "NAME"
    return f"write --data {shlex.quote(f'{name}={path}')}"


def find_root(
    name: str,
    dataset: type[Dataset],
    data: Mapping[str, str | Path],
    data_root: str | Path | None = None,
) -> Path | None:
    """Finds the folder of a dataset: its own option, its own name, then the common root."""
    base, _ = split_options(name)
    if given := data.get(name, data.get(base)):
        return Path(given)
    if (stated := dataset.root_of(base)) is not None:
        return stated
    common = data_root or os.environ.get("MEDPEFT_DATA")
    return Path(common) / base if common else None


def leave_out_unreadable(
    planned: PlannedDataset,
    registry: Registry,
    roots: Mapping[str, str],
    image_size: int,
    fit: Fit,
    on_decode: OnDecode,
) -> PlannedDataset:
    """Finds the images of a dataset that cannot be read; whether they can depends on no recipe."""
    name = planned.spec.name
    dataset = open_dataset(planned.spec, registry, roots)
    skipped = find_unreadable(
        dataset,
        dataset.index(),
        image_size=image_size,
        fit=fit,
        on_progress=lambda at, of: on_decode(name, at, of),
    )
    return replace(planned, skipped=skipped)
