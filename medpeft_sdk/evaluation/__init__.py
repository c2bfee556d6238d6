"""Predictions of the test split, metrics on them, and how sure each number is."""

from medpeft_sdk.evaluation.bootstrap import RESAMPLES
from medpeft_sdk.evaluation.difference import paired_difference
from medpeft_sdk.evaluation.estimate import estimate
from medpeft_sdk.evaluation.metric import Metric
from medpeft_sdk.evaluation.predictions import Predictions
from medpeft_sdk.evaluation.subgroups import estimate_subgroups

__all__ = [
    "RESAMPLES",
    "Metric",
    "Predictions",
    "estimate",
    "estimate_subgroups",
    "paired_difference",
]
