"""Checking a dataset: counts, unreadable files, and what stands on both sides of a split."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from medpeft_sdk.data.dataset import SPLITS, Dataset, SampleTable
from medpeft_sdk.data.duplicates import ALIKE, SIDE, Thumbnails, clusters, find_twins, thumbnail
from medpeft_sdk.data.listing import label_texts
from medpeft_sdk.data.parallel import ordered_map
from medpeft_sdk.data.splits import make_splits
from medpeft_sdk.data.verification import Cluster, Verification
from medpeft_sdk.errors import DataError
from medpeft_sdk.processes import cores


def verify(
    dataset: Dataset,
    *,
    alike: float = ALIKE,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Reads every image of a dataset and looks for what would make its numbers wrong.

    Of each image, a thumbnail of a kilobyte and a digest are kept.

    Args:
        dataset: The dataset.
        alike: From which likeness two images count as one; see `find_twins`.
        workers: Threads that decode; one for each processor by default.
        on_progress: Called with the images read and their number.

    Raises:
        DataError: The dataset cannot be listed.
    """
    table = dataset.index()
    judged, incomplete, told = _judged(dataset, table)
    thumbnails, digests, unreadable = _read(dataset, table, workers or cores(), on_progress)
    unsplit = digest = None
    try:
        splits = make_splits(table)
    except DataError as error:
        sides, unsplit = list(table.splits or ()), error.what
    else:
        sides, digest = splits.sides(len(table)), splits.fingerprint(table)
    everyone = range(len(table))
    return Verification(
        samples=len(table),
        counts=_count(table, everyone),
        judged={} if judged is None else _compared(judged),
        expected=dataset.spec.counts
        | {_of_split(side): count for side, count in dataset.spec.split_counts.items()},
        incomplete=incomplete,
        splits={
            side: _count(table, [row for row in everyone if sides[row] == side])
            for side in SPLITS
            if side in sides
        },
        unsplit=unsplit,
        unreadable=unreadable,
        parted=_parted(table, sides, judged),
        clusters=_clusters(table, sides, thumbnails, digests, alike),
        fingerprint=table.fingerprint,
        splits_fingerprint=digest,
        notes=(*table.notes, *told),
    )


def _judged(
    dataset: Dataset, table: SampleTable
) -> tuple[SampleTable | None, str | None, tuple[str, ...]]:
    """Lists the samples by which a copy is judged, whatever options were chosen.

    Returns:
        Their table, why they cannot be listed, and what is to be told of it.
    """
    spec = dataset.spec.judged()
    notes: list[str] = []
    if spec.citation and not (spec.counts or spec.split_counts):
        notes.append("what the complete set holds is not known here: counts were not compared")
    if spec is dataset.spec:
        return table, None, tuple(notes)
    if spec.counts:
        notes.append(f"counts were compared as those of {spec.name}")
    try:
        return type(dataset)(spec, dataset.root).index(), None, tuple(notes)
    except DataError as error:
        return None, error.what, tuple(notes)


def _read(
    dataset: Dataset,
    table: SampleTable,
    workers: int,
    on_progress: Callable[[int, int], None] | None,
) -> tuple[Thumbnails, list[bytes], dict[str, str]]:
    """Returns thumbnails, digests of pixels, and what is wrong with what cannot be read."""

    def look(name: str) -> tuple[Thumbnails, bytes] | str:
        try:
            pixels = np.ascontiguousarray(dataset.read(name))
        except DataError as error:
            return error.what
        digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).digest()
        return thumbnail(pixels), digest

    thumbnails = np.zeros((len(table), SIDE, SIDE), dtype=np.uint8)
    digests = [b""] * len(table)
    unreadable: dict[str, str] = {}
    for row, seen in enumerate(ordered_map(look, table.ids, workers=workers)):
        if isinstance(seen, str):
            unreadable[table.ids[row]] = seen
        else:
            thumbnails[row], digests[row] = seen
        if on_progress:
            on_progress(row + 1, len(table))
    return thumbnails, digests, unreadable


def _parted(
    table: SampleTable, sides: Sequence[str], judged: SampleTable | None
) -> tuple[str, ...]:
    """Returns the groups that the splits part, those included that an option does not keep."""
    known = table if table.groups or judged is None else judged
    groups = dict(zip(known.ids, known.groups or (), strict=False))
    found: dict[str, set[str]] = defaultdict(set)
    for name, side in zip(table.ids, sides, strict=False):
        if name in groups:
            found[groups[name]].add(side)
    return tuple(sorted(group for group, on in found.items() if len(on) > 1))


def _count(table: SampleTable, rows: Sequence[int]) -> dict[str, int]:
    """Returns the samples of each class; of all, where there are no classes."""
    if not table.classes:
        return {"all": len(rows)}
    labels, count = table.labels[list(rows)], len(table.classes)
    counts = np.bincount(labels, minlength=count) if labels.ndim == 1 else labels.sum(axis=0)
    return dict(zip(table.classes, counts.tolist(), strict=True))


def _compared(table: SampleTable) -> dict[str, int]:
    """Returns the samples of each class and of each split that the distributor fixes."""
    sides = {_of_split(side): count for side, count in Counter(table.splits).items()}
    return _count(table, range(len(table))) | sides


def _of_split(side: str) -> str:
    return f"{side} split"


def _clusters(
    table: SampleTable,
    sides: Sequence[str],
    thumbnails: Thumbnails,
    digests: Sequence[bytes],
    alike: float,
) -> tuple[Cluster, ...]:
    """Joins what has the same pixels with what looks alike; unreadable images have no digest."""
    same: dict[bytes, list[int]] = defaultdict(list)
    for row, digest in enumerate(digests):
        if digest:
            same[digest].append(row)
    distinct = [rows[0] for rows in same.values()]
    pairs = [pair for rows in same.values() for pair in pairwise(rows)]
    pairs += [(distinct[a], distinct[b]) for a, b in find_twins(thumbnails[distinct], alike=alike)]
    labels = label_texts(table)
    found = [
        Cluster(
            ids=tuple(table.ids[row] for row in rows),
            exact=len({digests[row] for row in rows}) == 1,
            splits=tuple(sorted({sides[row] for row in rows})) if sides else (),
            labels=tuple(sorted({labels[row] for row in rows})),
        )
        for rows in clusters(pairs)
    ]
    return tuple(sorted(found, key=lambda c: (-len(c.splits), -len(c.labels), c.ids)))
