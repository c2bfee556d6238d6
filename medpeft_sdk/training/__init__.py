"""One loop per task, and what turns a network and a method into something trainable."""

from medpeft_sdk.training.adapted import Adapted, adapt
from medpeft_sdk.training.classification import Trained, predict, train_classifier
from medpeft_sdk.training.method import Method
from medpeft_sdk.training.precision import Precision, choose_device, choose_precision

__all__ = [
    "Adapted",
    "Method",
    "Precision",
    "Trained",
    "adapt",
    "choose_device",
    "choose_precision",
    "predict",
    "train_classifier",
]
