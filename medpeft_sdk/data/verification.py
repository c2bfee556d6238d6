"""What was found in a dataset, and which of it stands in the way of honest numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cluster:
    """Images that look the same.

    Attributes:
        ids: Their names.
        exact: Whether they have the same pixels.
        splits: The splits that they are in.
        labels: The labels that they have.
    """

    ids: tuple[str, ...]
    exact: bool
    splits: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Verification:
    """What was found in a dataset.

    Attributes:
        samples: Samples that are listed.
        counts: Samples of each class.
        judged: Samples of each class, and of each split that the distributor fixes, as they are
            compared with the complete set; options such as another label set are set back for
            that. Empty where they cannot be listed.
        expected: What of this is known of the complete set.
        incomplete: Why what is compared cannot be listed.
        splits: Samples of each class in each split; empty where no split can be made.
        unsplit: Why no split can be made.
        unreadable: What is wrong with each image that cannot be read.
        parted: Groups with samples in several splits.
        clusters: Images that look the same, those across splits first.
        fingerprint: Digest of ids, labels, groups and sizes; it goes into every result.
        splits_fingerprint: Digest of which sample is in which split; it does so, too.
        notes: What the dataset itself tells.
    """

    samples: int
    counts: dict[str, int]
    judged: dict[str, int]
    expected: dict[str, int]
    incomplete: str | None
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
        across = [c.ids for c in self.clusters if len(c.splits) > 1]
        torn = [c.ids for c in self.clusters if len(c.labels) > 1]
        sentences = (
            self._incomplete(),
            self.unsplit and f"no split can be made: {self.unsplit}",
            _several("image is", "images are", "unreadable", [[name] for name in self.unreadable]),
            _several("group is", "groups are", "in several splits", [[g] for g in self.parted]),
            _several("set", "sets", "of like images in several splits", across),
            _several("set", "sets", "of like images with several labels", torn),
        )
        return tuple(sentence for sentence in sentences if sentence)

    def _incomplete(self) -> str | None:
        differing = [self.incomplete] if self.incomplete else []
        differing = differing or [
            f"{name} {self.judged.get(name, 0):,} of {count:,}"
            for name, count in self.expected.items()
            if self.judged.get(name, 0) != count
        ]
        return f"this is not the complete set: {', '.join(differing)}" if differing else None


def _several(one: str, many: str, what: str, found: Sequence[Sequence[str]]) -> str | None:
    if not found:
        return None
    example = " and ".join(found[0][:2])
    return f"{len(found):,} {one if len(found) == 1 else many} {what}, such as {example}"
