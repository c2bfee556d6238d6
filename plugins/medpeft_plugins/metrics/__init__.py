"""The built-in metrics: discrimination, thresholded accuracy and calibration."""

from __future__ import annotations

from medpeft_sdk.registry import Registrar, hookimpl
from medpeft_sdk.specs import MetricSpec

_METRICS = {
    "auroc:Auroc": MetricSpec(
        name="auroc",
        title="AUROC",
        labels=("one", "any"),
        subgroups=True,
        higher_is_better=True,
        description="Area under the ROC curve: of class 1 where there are two classes, else the "
        "mean over classes, or labels, of one against the rest.",
    ),
    "balanced_accuracy:BalancedAccuracy": MetricSpec(
        name="balanced_accuracy",
        title="Balanced accuracy",
        labels=("one", "any"),
        subgroups=True,
        higher_is_better=True,
        description="Mean over classes of the recall of the most probable class; of several "
        "labels, the mean over labels of sensitivity and specificity.",
    ),
    "f1:F1": MetricSpec(
        name="f1",
        title="F1",
        labels=("one", "any"),
        higher_is_better=True,
        description="Mean over classes, or labels, of the harmonic mean of precision and recall.",
    ),
    "average_precision:AveragePrecision": MetricSpec(
        name="average_precision",
        title="Average precision",
        labels=("one", "any"),
        higher_is_better=True,
        description="Area under the precision-recall steps: of class 1 where there are two "
        "classes, else the mean over classes, or labels, of one against the rest.",
    ),
    "brier:Brier": MetricSpec(
        name="brier",
        title="Brier score",
        labels=("one", "any"),
        higher_is_better=False,
        range=(0.0, 2.0),
        description="Mean squared distance between the probabilities and the one-hot label, "
        "summed over classes; of several labels, the mean over labels.",
    ),
    "ece:Ece": MetricSpec(
        name="ece",
        title="ECE",
        labels=("one", "any"),
        higher_is_better=False,
        description="Expected calibration error of the largest probability, 15 bins of equal "
        "width; of several labels, the mean over labels. Biased upwards on few samples.",
    ),
}


@hookimpl
def medpeft_register_metrics(register: Registrar[MetricSpec]) -> None:
    """Registers the built-in metrics."""
    for address, spec in _METRICS.items():
        register(spec, f"medpeft_plugins.metrics.{address}")
