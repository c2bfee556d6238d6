"""One loop per task."""

from medpeft_sdk.training.classification import (
    EVALUATION_BATCH,
    Trained,
    predict,
    train_classifier,
)
from medpeft_sdk.training.precision import Precision, choose_device, choose_precision

__all__ = [
    "EVALUATION_BATCH",
    "Precision",
    "Trained",
    "choose_device",
    "choose_precision",
    "predict",
    "train_classifier",
]
