"""Training, validation and test samples, the same for everybody who has the same samples."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from medpeft_sdk.data.dataset import SPLITS, SampleTable
from medpeft_sdk.data.groups import ordered_groups
from medpeft_sdk.data.held_out import HeldOut, Reads
from medpeft_sdk.data.labels import held_classes, indicators
from medpeft_sdk.errors import DataError

_SEED = "medpeft split 1"


@dataclass(frozen=True)
class Splits:
    """Rows of the table, ``int64``, in the order of their ids.

    Attributes:
        train: Rows to train on.
        val: Rows on which every choice is made.
        test: Rows to report on; a cell reads them through `hold_out`.
    """

    train: npt.NDArray[np.int64]
    val: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]
    _reads: Reads = field(default_factory=Reads, repr=False, compare=False)

    def hold_out(self) -> HeldOut:
        """Returns the test rows behind a guard that lets them be read once."""
        return HeldOut(self.test, self._reads)

    @property
    def test_reads(self) -> int:
        """How often the test rows were read, behind whichever guard."""
        return self._reads.count

    def sides(self, count: int) -> list[str]:
        """Returns the split of each of ``count`` rows; empty for one that is in none."""
        sides = [""] * count
        for name, rows in zip(SPLITS, (self.train, self.val, self.test), strict=True):
            for row in rows.tolist():
                sides[row] = name
        return sides

    def fingerprint(self, table: SampleTable) -> str:
        """Returns the SHA-256 of which sample is in which split, in any order of the table."""
        sides = zip(table.ids, self.sides(len(table)), strict=True)
        lines = sorted(f"{name}\x1f{side}" for name, side in sides)
        return hashlib.sha256("\x1e".join(lines).encode()).hexdigest()


def make_splits(
    table: SampleTable,
    *,
    ratios: tuple[float, float, float] = (0.7, 0.1, 0.2),
    skipped: Collection[str] = (),
) -> Splits:
    """Splits a table into training, validation and test.

    The distributor's splits are kept; one that the distributor does not fix is cut from the
    training split. No group is parted, and each class has about the same share in every split;
    where samples have any number of classes, so have those that have none.
    The result depends on ids, labels, groups and splits alone, not on their order.

    Args:
        table: The samples.
        ratios: Shares of training, validation and test; they add up to 1.
        skipped: Ids of samples that are in no split, while all others are where they would be
            without that.

    Raises:
        DataError: A class is too small to be in every split, or the distributor's splits lack
            training samples or part a group.
    """
    if min(ratios) <= 0 or abs(sum(ratios) - 1) > 1e-9:
        raise DataError(
            f"the split ratios are {ratios}",
            where="make_splits",
            expected="three positive numbers that add up to 1",
        )
    sides = list(table.splits or ["train"] * len(table))
    if "train" not in sides:
        raise DataError("there are no training samples", where="the table of samples")
    shares = {s: r for s, r in zip(SPLITS, ratios, strict=True) if s == "train" or s not in sides}
    if len(shares) > 1:
        pool = [row for row, side in enumerate(sides) if side == "train"]
        _check_enough(table, pool, shares)
        for row, side in _divide(table, pool, shares):
            sides[row] = side
    _check_groups(table, sides)
    left_out = set(skipped)
    sides = ["" if table.ids[row] in left_out else side for row, side in enumerate(sides)]
    _check_classes(table, sides)
    rows = {s: [row for row, side in enumerate(sides) if side == s] for s in SPLITS}
    return Splits(*(table.by_id(rows[s]) for s in SPLITS))


def _divide(
    table: SampleTable, pool: list[int], shares: dict[str, float]
) -> Iterable[tuple[int, str]]:
    """Gives each group, rarest classes first, to the split that lacks most of its share.

    With several labels a sample this is iterative stratification (Sechidis et al., 2011,
    doi:10.1007/978-3-642-23808-6_10), but for two things: the order of the labels is that of
    their counts at the start, and a split's lack is summed over all labels that a group has.

    How much a split lacks is measured as in Webster's method of apportionment, so that a group
    larger than a small split's share goes to a larger one. The last groups of a class are kept
    for the splits that have none of it.
    """
    groups = ordered_groups(table, pool, seed=_SEED)
    classes_of = held_classes(table.labels, len(table.classes))
    total = Counter(k for row in pool for k in classes_of[row])
    scale = sum(shares.values())
    target = {s: {k: r / scale * n for k, n in total.items()} for s, r in shares.items()}
    held: dict[str, Counter[int]] = {s: Counter() for s in shares}
    left = Counter(group.stratum for group in groups)
    for group in sorted(groups, key=lambda group: total[group.stratum]):
        counts = Counter(k for row in group.rows for k in classes_of[row])

        def lacks(side: str, counts: Counter[int] = counts) -> float:
            want, have = target[side], held[side]
            return sum(n * (want[k] - have[k] - n / 2) / want[k] for k, n in counts.items())

        empty = [s for s in shares if not held[s][group.stratum]]
        side = max(empty if left[group.stratum] <= len(empty) else shares, key=lacks)
        held[side].update(counts)
        left[group.stratum] -= 1
        yield from ((row, side) for row in group.rows)


def _check_enough(table: SampleTable, pool: list[int], shares: dict[str, float]) -> None:
    has = indicators(table.labels, len(table.classes))[pool]
    for k, name in enumerate(table.classes):
        rows = [row for row, having in zip(pool, has[:, k].tolist(), strict=True) if having]
        groups = len({table.groups[row] for row in rows}) if table.groups else len(rows)
        if groups < len(shares):
            raise DataError(
                f"class '{name}' has fewer {'groups' if table.groups else 'samples'} than splits: "
                f"{groups}, and {len(shares)} are needed",
                where="the table of samples",
                expected=f"one at least for each of {', '.join(shares)}",
                mend="add images of this class, or leave the class out",
            )


def _check_classes(table: SampleTable, sides: list[str]) -> None:
    has = indicators(table.labels, len(table.classes))
    for side in SPLITS:
        found = has[[s == side for s in sides]].sum(axis=0)
        for k, name in enumerate(table.classes):
            if not found[k]:
                raise DataError(
                    f"class '{name}' has no samples in {side}",
                    where="the table of samples",
                    expected="every class in every split",
                    mend="add images of this class, or leave the class out",
                )


def _check_groups(table: SampleTable, sides: list[str]) -> None:
    found: dict[str, str] = {}
    for group, side in zip(table.groups or (), sides, strict=False):
        if found.setdefault(group, side) != side:
            raise DataError(
                f"group '{group}' is in both {found[group]} and {side}",
                where="the distributor's splits",
                expected="each group on one side",
                mend="remove its images from one side",
            )
