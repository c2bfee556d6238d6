"""One loop per task."""

from medpeft_sdk.training.classification import (
    Trained,
    TrainingRun,
    finish,
    predict,
    train_classifier,
)
from medpeft_sdk.training.precision import Precision, choose_device, choose_precision

__all__ = [
    "Precision",
    "Trained",
    "TrainingRun",
    "choose_device",
    "choose_precision",
    "finish",
    "predict",
    "train_classifier",
]
