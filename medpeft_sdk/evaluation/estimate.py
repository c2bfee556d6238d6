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
    groups). It does not cover the variation of training, which is the analysis' of several seeds.

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
        return _estimates(predictions, metrics, resamples=resamples, seed=seed)
    # A metric may be anybody's and raise anything; which one it was is found out now.
    except Exception:
        return {
            name: _alone(predictions, name, metric, resamples=resamples, seed=seed)
            for name, metric in metrics.items()
        }


def _estimates(
    predictions: Predictions, metrics: Mapping[str, Metric], *, resamples: int, seed: int
) -> dict[str, Estimate]:
    """Computes metrics of which none may raise."""
    drawn = replicates([predictions], metrics, resamples=resamples, seed=seed)
    return {
        name: as_estimate(point(metrics[name], predictions), found[:, 0], n=len(predictions))
        for name, found in drawn.items()
    }


def _alone(
    predictions: Predictions, name: str, metric: Metric, *, resamples: int, seed: int
) -> Estimate:
    """Computes one metric; what it raises becomes the reason."""
    try:
        return _estimates(predictions, {name: metric}, resamples=resamples, seed=seed)[name]
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


def as_estimate(
    value: float, drawn: npt.NDArray[np.float64], *, n: int, comparisons: int = 1
) -> Estimate:
    """Makes an estimate of a value and its resamples; what is not finite becomes ``None``."""
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
