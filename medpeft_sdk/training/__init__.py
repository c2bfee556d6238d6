"""One loop per task."""

from medpeft_sdk.training.classification import (
    EVALUATION_BATCH,
    Trained,
    TrainingRun,
    finish,
    predict,
    train_classifier,
)
from medpeft_sdk.training.precision import Precision, check_device, choose_device, choose_precision

__all__ = [
    "EVALUATION_BATCH",
    "Precision",
    "Trained",
    "TrainingRun",
    "check_device",
    "choose_device",
    "choose_precision",
    "finish",
    "predict",
    "train_classifier",
]
