"""Checking a dataset: counts, unreadable files, and what stands on both sides of a split."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from medpeft_sdk.data.dataset import Dataset, SampleTable
from medpeft_sdk.data.duplicates import ALIKE, SIDE, clusters, find_twins, thumbnail
from medpeft_sdk.data.splits import make_splits
from medpeft_sdk.errors import DataError, MedpeftError

Thumbnails = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Cluster:
    """Images that look the same.

    Attributes:
        ids: Their names.
        exact: Whether they have the same pixels.
        splits: The splits that they are in.
        classes: The classes that they have.
    """

    ids: tuple[str, ...]
    exact: bool
    splits: tuple[str, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Verification:
    """What was found in a dataset.

    Attributes:
        samples: Samples that are listed.
        counts: Samples of each class.
        expected: Samples of each class in the complete set; empty where it is not known.
        splits: Samples of each class in each split; empty where no split can be made.
        unsplit: Why no split can be made.
        unreadable: The first line of the error for each image that cannot be read.
        parted: Groups with samples in several splits.
        clusters: Images that look the same, those across splits first.
        fingerprint: Digest of ids, labels, groups and sizes; it goes into every result.
        splits_fingerprint: Digest of which sample is in which split.
        notes: What the dataset itself tells.
    """

    samples: int
    counts: dict[str, int]
    expected: dict[str, int]
    splits: dict[str, dict[str, int]]
    unsplit: str | None
    unreadable: dict[str, str]
    parted: tuple[str, ...]
    clusters: tuple[Cluster, ...]
    fingerprint: str
    splits_fingerprint: str | None
    notes: tuple[str, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What stands in the way of honest numbers, in sentences."""
        across = [c for c in self.clusters if len(c.splits) > 1]
        torn = [c for c in self.clusters if len(c.classes) > 1]
        found = [
            f"{len(self.unreadable):,} images cannot be read" if self.unreadable else "",
            f"no split can be made: {self.unsplit}" if self.unsplit else "",
            f"{len(self.parted):,} groups are in several splits, such as {self.parted[0]}"
            if self.parted
            else "",
            f"{len(across):,} clusters of images that look the same are in several splits, such as "
            f"{' and '.join(across[0].ids[:2])}"
            if across
            else "",
            f"{len(torn):,} clusters of images that look the same have several classes, such as "
            f"{' and '.join(torn[0].ids[:2])}"
            if torn
            else "",
        ]
        if self.expected and self.counts != self.expected:
            differing = [
                f"{name} {self.counts.get(name, 0):,} of {count:,}"
                for name, count in self.expected.items()
                if self.counts.get(name, 0) != count
            ]
            found.append(f"the counts are not those of the complete set: {', '.join(differing)}")
        return tuple(sentence for sentence in found if sentence)


def verify(
    dataset: Dataset,
    *,
    alike: float = ALIKE,
    workers: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Reads every image of a dataset and looks for what would make its numbers wrong.

    Args:
        dataset: The dataset.
        alike: From which likeness two images count as one; see `find_twins`.
        workers: Threads that decode.
        on_progress: Called with the images read and their number.

    Raises:
        DataError: The dataset cannot be listed.
    """
    table = dataset.index()
    thumbnails, digests, unreadable = _read(dataset, table, workers, on_progress)
    sides, unsplit, parted = _sides(table)
    classes = table.classes or ("image",)
    readable = np.array([row for row, name in enumerate(table.ids) if name not in unreadable])
    return Verification(
        samples=len(table),
        counts=_count(table, range(len(table))),
        expected=dict(dataset.spec.counts) if not dataset.spec.chosen else {},
        splits={
            side: _count(table, [row for row, s in enumerate(sides) if s == side])
            for side in dict.fromkeys(sides)
        },
        unsplit=unsplit,
        unreadable=unreadable,
        parted=parted,
        clusters=_clusters(table, classes, sides, thumbnails, digests, readable, alike),
        fingerprint=table.fingerprint,
        splits_fingerprint=_digest(table, sides),
        notes=table.notes,
    )


def _read(
    dataset: Dataset,
    table: SampleTable,
    workers: int,
    on_progress: Callable[[int, int], None] | None,
) -> tuple[Thumbnails, list[str], dict[str, str]]:
    """Returns thumbnails, digests of pixels, and the errors of images that cannot be read."""
    thumbnails = np.zeros((len(table), SIDE, SIDE), dtype=np.uint8)
    digests = [""] * len(table)
    unreadable: dict[str, str] = {}

    def look(row: int) -> None:
        try:
            pixels = dataset.read(table.ids[row])
        except MedpeftError as error:
            unreadable[table.ids[row]] = error.what
            return
        shape = str(pixels.shape).encode()
        digests[row] = hashlib.sha256(shape + np.ascontiguousarray(pixels).tobytes()).hexdigest()
        thumbnails[row] = thumbnail(pixels)

    with ThreadPoolExecutor(workers) as pool:
        for done, _ in enumerate(pool.map(look, range(len(table))), 1):
            if on_progress:
                on_progress(done, len(table))
    return thumbnails, digests, {name: unreadable[name] for name in sorted(unreadable)}


def _sides(table: SampleTable) -> tuple[list[str], str | None, tuple[str, ...]]:
    """Returns each sample's split, or why there is none, and groups that are parted."""
    parted: tuple[str, ...] = ()
    if table.splits and table.groups:
        seen: dict[str, set[str]] = defaultdict(set)
        for group, side in zip(table.groups, table.splits, strict=True):
            seen[group].add(side)
        parted = tuple(sorted(group for group, sides in seen.items() if len(sides) > 1))
    try:
        splits = make_splits(table)
    except DataError as error:
        return (list(table.splits) if table.splits else []), error.what, parted
    sides = [""] * len(table)
    for name, rows in (("train", splits.train), ("val", splits.val), ("test", splits.test)):
        for row in rows.tolist():
            sides[row] = name
    return sides, None, parted


def _count(table: SampleTable, rows: range | list[int]) -> dict[str, int]:
    if not table.classes:
        return {"image": len(rows)}
    counts = Counter(table.labels[list(rows)].tolist())
    return {name: counts[k] for k, name in enumerate(table.classes)}


def _clusters(
    table: SampleTable,
    classes: tuple[str, ...],
    sides: list[str],
    thumbnails: Thumbnails,
    digests: list[str],
    readable: npt.NDArray[np.int64],
    alike: float,
) -> tuple[Cluster, ...]:
    same: dict[str, list[int]] = defaultdict(list)
    for row in readable.tolist():
        same[digests[row]].append(row)
    twins = find_twins(thumbnails[readable], alike=alike) if len(readable) else []
    pairs = [(int(readable[t.first]), int(readable[t.second])) for t in twins]
    pairs += [pair for rows in same.values() for pair in pairwise(rows)]
    found: list[Cluster] = []
    for rows in clusters(pairs):
        found.append(
            Cluster(
                ids=tuple(table.ids[row] for row in rows),
                exact=len({digests[row] for row in rows}) == 1,
                splits=tuple(sorted({sides[row] for row in rows})) if sides else (),
                classes=tuple(sorted({classes[table.labels[row]] for row in rows})),
            )
        )
    return tuple(sorted(found, key=lambda c: (-len(c.splits), -len(c.classes), c.ids)))


def _digest(table: SampleTable, sides: list[str]) -> str | None:
    if not sides:
        return None
    lines: Iterator[str] = (f"{n}\x1f{s}" for n, s in zip(table.ids, sides, strict=True))
    return hashlib.sha256("\x1e".join(sorted(lines)).encode()).hexdigest()
