"""The cells without a number, said in few lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from medpeft_sdk.analysis.scores import Gap


@dataclass(frozen=True)
class Missing:
    """Seeds of one setting that have no number, for one reason."""

    method: str
    dataset: str
    backbone: str
    fraction: str
    seeds: tuple[int, ...]
    reason: str


def missing(gaps: Iterable[Gap]) -> tuple[Missing, ...]:
    """Joins gaps that differ in their seed only."""
    seeds: dict[tuple[str, str, str, str, str], list[int]] = {}
    for gap in gaps:
        about = (gap.method, gap.dataset, gap.backbone, gap.fraction, gap.reason)
        seeds.setdefault(about, []).append(gap.seed)
    return tuple(Missing(*about[:4], tuple(found), about[4]) for about, found in seeds.items())
