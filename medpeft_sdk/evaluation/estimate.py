"""Metrics of predictions, each with its 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch

from medpeft_sdk.errors import DataError, PluginError, UnsupportedError
from medpeft_sdk.evaluation.bootstrap import RESAMPLES, interval, resample
from medpeft_sdk.evaluation.metric import Metric
from medpeft_sdk.evaluation.predictions import Predictions
from medpeft_sdk.specs import Estimate


def estimate(
    predictions: Predictions,
    metrics: Mapping[str, Metric],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Computes metrics with stratified percentile-bootstrap intervals.

    The interval says how the value would vary with other test samples (patients, where there are
    groups). It does not cover the variation of training; `pooled_estimate` does.

    Args:
        predictions: One network's predictions.
        metrics: Metrics by name.
        resamples: Bootstrap resamples.
        seed: Equal seeds give equal intervals.

    Returns:
        An estimate a name; ``None`` stands for what is undefined, with a reason where a metric
        failed or does not apply: the predictions are worth keeping, and so are the other metrics.
    """
    try:
        return pooled_estimate([predictions], metrics, resamples=resamples, seed=seed)
    # A metric may be anybody's and raise anything; which one it was is found out now.
    except Exception:
        return {
            name: _alone(predictions, name, metric, resamples=resamples, seed=seed)
            for name, metric in metrics.items()
        }


def pooled_estimate(
    runs: Sequence[Predictions],
    metrics: Mapping[str, Metric],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Computes the mean of metrics over training runs, such as seeds, on one test split.

    The interval comes from a hierarchical bootstrap: each resample draws runs, and test samples
    (whole groups, stratified) that all its runs share. Of K runs, K - 1 are drawn, which makes
    the variance of a mean over few runs unbiased (Rao and Wu, 1988,
    doi:10.1080/01621459.1988.10478591); drawing K would understate it by the factor (K - 1) / K.
    A single run has no between-run part.

    Args:
        runs: Predictions of the same samples in the same order, one a run.
        metrics: Metrics by name.
        resamples: Bootstrap resamples.
        seed: Equal seeds give equal intervals.

    Returns:
        An estimate a name; its ``n`` counts the samples of the split.

    Raises:
        DataError: The runs are not about the same samples.
    """
    check_aligned(runs)
    draws = draw_runs(len(runs), resamples=resamples, seed=seed)
    estimates: dict[str, Estimate] = {}
    for name, drawn in replicates(runs, metrics, resamples=resamples, seed=seed).items():
        values = [point(metrics[name], run) for run in runs]
        estimates[name] = as_estimate(values, (draws * drawn).sum(axis=1), n=len(runs[0]))
    return estimates


def _alone(
    predictions: Predictions, name: str, metric: Metric, *, resamples: int, seed: int
) -> Estimate:
    """Computes one metric; what it raises becomes the reason."""
    try:
        return pooled_estimate([predictions], {name: metric}, resamples=resamples, seed=seed)[name]
    except Exception as error:
        return no_estimate(name, error, n=len(predictions))


def no_estimate(name: str, error: Exception, *, n: int) -> Estimate:
    """Makes the estimate of a metric that raised, with what it said as the reason."""
    reason = (str(error) or "no message").splitlines()[0]
    if not isinstance(error, UnsupportedError):
        reason = f"the metric '{name}' failed: {type(error).__name__}: {reason}"
    return Estimate(value=None, low=None, high=None, n=n, reason=reason)


def check_aligned(runs: Sequence[Predictions]) -> None:
    """Raises `DataError` unless there is a run, and all runs are about the same samples."""
    if not runs:
        raise DataError("there are no predictions to evaluate", expected="at least one run")
    for run in runs[1:]:
        runs[0].check_aligned(run)


def point(metric: Metric, predictions: Predictions) -> float:
    """Computes a metric on all samples; NaN where it is undefined."""
    return float(metric.compute(*as_tensors(predictions)))


def replicates(
    runs: Sequence[Predictions], metrics: Mapping[str, Metric], *, resamples: int, seed: int
) -> dict[str, npt.NDArray[np.float64]]:
    """Computes metrics on bootstrap resamples that all runs share.

    Returns:
        Shape ``(resamples, runs)`` for each name; NaN where undefined.

    Raises:
        UnsupportedError: A metric does not apply to labels of this form.
    """
    chunks: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in metrics}
    tensors = [as_tensors(run) for run in runs]
    for metric in metrics.values():
        metric.check_applies(tensors[0][1])
    for counts in resample(runs[0], resamples=resamples, seed=seed):
        weights = torch.from_numpy(counts)
        for name, metric in metrics.items():
            columns = [resampled(metric, *pair, weights) for pair in tensors]
            chunks[name].append(torch.stack(columns, dim=1).numpy())
    return {name: np.concatenate(parts) for name, parts in chunks.items()}


def draw_runs(runs: int, *, resamples: int, seed: int) -> npt.NDArray[np.float64]:
    """Draws K - 1 of K runs with replacement, as weights.

    Returns:
        Shape ``(resamples, runs)``; rows sum to one.
    """
    rng = np.random.default_rng([seed, runs])
    draws = max(1, runs - 1)
    return rng.multinomial(draws, np.full(runs, 1 / runs), size=resamples) / draws


def as_estimate(
    values: Sequence[float], drawn: npt.NDArray[np.float64], *, n: int, comparisons: int = 1
) -> Estimate:
    """Makes an estimate of the mean of ``values``; what is not finite becomes ``None``."""
    value = float(np.mean(values))
    ends = interval(drawn, value, comparisons=comparisons) if np.isfinite(value) else None
    low, high = ends or (None, None)
    return Estimate(value=value if np.isfinite(value) else None, low=low, high=high, n=n)


def as_tensors(predictions: Predictions) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns probabilities and labels."""
    # Copies: arrays from a file may be read-only, which tensors cannot be.
    return torch.tensor(predictions.probabilities), torch.tensor(predictions.labels)


def resampled(
    metric: Metric, probabilities: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """Computes a metric on resamples; raises `PluginError` where it gives another shape."""
    values = metric.compute_resampled(probabilities, labels, weights).to(torch.float64)
    if values.shape != (len(weights),):
        raise PluginError(
            f"the metric '{metric.spec.name}' gave values of shape {tuple(values.shape)}",
            where="compute_resampled",
            expected=f"one value a resample, shape ({len(weights)},)",
            mend="tell the authors of the metric",
        )
    return values
