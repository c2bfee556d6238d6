"""What the metrics of ranking share: one class against the rest, on weighted samples."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from medpeft_plugins.metrics.labels import actual


def rankings(
    probabilities: torch.Tensor, labels: torch.Tensor
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Lists the rankings to average over.

    Returns:
        The probability of a class, and which samples have it. It is class 1 alone where there
        are two that exclude each other; else all. A class that no sample has, or every sample
        has, is left out: nothing can be ranked.
    """
    having = actual(probabilities, labels)
    classes = probabilities.shape[1]
    considered = [1] if classes == 2 and labels.ndim == 1 else range(classes)
    counts = having.sum(dim=0).tolist()
    return [(probabilities[:, c], having[:, c]) for c in considered if 0 < counts[c] < len(labels)]


def nan_mean(values: list[torch.Tensor], resamples: int) -> torch.Tensor:
    """Averages over classes in each resample, without those that are undefined there.

    Args:
        values: One tensor a class, shape ``(resamples,)``.
        resamples: Their length, needed where there is no class.
    """
    if not values:
        return torch.full((resamples,), float("nan"), dtype=torch.float64)
    return torch.stack(values).nanmean(dim=0)


@dataclass(frozen=True)
class OneVsRest:
    """One class against the rest: what each positive sample has below it, in each resample.

    All tensors are ``float64`` with a column a resample; positives are in ascending order of
    their score. Counts are sums of weights.

    Attributes:
        drawn: How often each positive is drawn, shape ``(positives, resamples)``.
        negatives_below: Negatives with a smaller score, same shape.
        negatives_upto: Negatives with a smaller or equal score, same shape.
        positives_below: Positives with a smaller score, same shape.
        positives: All positives, shape ``(resamples,)``.
        negatives: All negatives, shape ``(resamples,)``.
    """

    drawn: torch.Tensor
    negatives_below: torch.Tensor
    negatives_upto: torch.Tensor
    positives_below: torch.Tensor
    positives: torch.Tensor
    negatives: torch.Tensor

    @classmethod
    def of(cls, scores: torch.Tensor, positive: torch.Tensor, columns: torch.Tensor) -> OneVsRest:
        """Sorts once; every resample is a cumulative sum of weights over that order.

        Args:
            scores: Probability of the class, shape ``(n,)``.
            positive: Whether a sample has the class, shape ``(n,)``.
            columns: Weights, from `by_column`.
        """
        upper, order = scores[positive].sort()
        lower, lower_order = scores[~positive].sort()
        drawn = columns[positive.nonzero()[:, 0][order]]
        below = _cumulative(columns[(~positive).nonzero()[:, 0][lower_order]])
        own = _cumulative(drawn)
        return cls(
            drawn=drawn.double(),
            negatives_below=below[torch.searchsorted(lower, upper)].double(),
            negatives_upto=below[torch.searchsorted(lower, upper, right=True)].double(),
            positives_below=own[torch.searchsorted(upper, upper)].double(),
            positives=own[-1].double(),
            negatives=below[-1].double(),
        )


def by_column(weights: torch.Tensor) -> torch.Tensor:
    """Returns weights with a column a resample, in the narrowest numbers that count them exactly.

    Adding them up is most of the work, and takes as long as the memory that they need.

    Args:
        weights: Shape ``(resamples, n)``; rows add up to about ``n``, of a subgroup to its size.
    """
    # Whole numbers up to 2**24 are exact in float32, which leaves a row sixteen times its size.
    exact = weights.shape[1] <= 1 << 20
    return weights.T.to(torch.float32 if exact else torch.float64).contiguous()


def _cumulative(rows: torch.Tensor) -> torch.Tensor:
    """Row ``i`` of the result is the sum of the first ``i`` rows; there is one row more."""
    sums = rows.new_zeros(len(rows) + 1, rows.shape[1])
    torch.cumsum(rows, dim=0, out=sums[1:])
    return sums
