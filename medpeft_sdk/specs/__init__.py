"""What things are: strict, frozen data that imports no tensor library."""

from medpeft_sdk.specs.adapter import AdapterSpec
from medpeft_sdk.specs.backbone import BackboneSpec, Family, Weights
from medpeft_sdk.specs.base import NamedSpec, Scalar, Spec, can_be_shown, split_options
from medpeft_sdk.specs.cell import BackboneRef, CellSpec, DatasetRef
from medpeft_sdk.specs.command import CommandSpec
from medpeft_sdk.specs.costs import (
    Costs,
    Energy,
    Inference,
    Latency,
    Phase,
    PhaseName,
    TrainingStep,
)
from medpeft_sdk.specs.dataset import DatasetSpec, Download
from medpeft_sdk.specs.executor import ExecutorSpec
from medpeft_sdk.specs.hyperparameters import Hyperparameter, resolve
from medpeft_sdk.specs.method import MethodSpec, Paper, SiteKind, Task
from medpeft_sdk.specs.metric import MetricSpec
from medpeft_sdk.specs.protocol import ProtocolSpec, Recipe, Subset
from medpeft_sdk.specs.result import (
    Disparity,
    Environment,
    Estimate,
    Look,
    Origin,
    ParameterCounts,
    ProtocolRef,
    ResultSpec,
    Status,
    Subgroup,
    Subgroups,
    Training,
)
from medpeft_sdk.specs.search import LEARNING_RATE, Dimension, Refused, SearchSpec, TrialSpec
from medpeft_sdk.specs.tuning import SEARCH_SEED, Pruning, Ruleset, Tuning, rules_text

__all__ = [
    "LEARNING_RATE",
    "SEARCH_SEED",
    "AdapterSpec",
    "BackboneRef",
    "BackboneSpec",
    "CellSpec",
    "CommandSpec",
    "Costs",
    "DatasetRef",
    "DatasetSpec",
    "Dimension",
    "Disparity",
    "Download",
    "Energy",
    "Environment",
    "Estimate",
    "ExecutorSpec",
    "Family",
    "Hyperparameter",
    "Inference",
    "Latency",
    "Look",
    "MethodSpec",
    "MetricSpec",
    "NamedSpec",
    "Origin",
    "Paper",
    "ParameterCounts",
    "Phase",
    "PhaseName",
    "ProtocolRef",
    "ProtocolSpec",
    "Pruning",
    "Recipe",
    "Refused",
    "ResultSpec",
    "Ruleset",
    "Scalar",
    "SearchSpec",
    "SiteKind",
    "Spec",
    "Status",
    "Subgroup",
    "Subgroups",
    "Subset",
    "Task",
    "Training",
    "TrainingStep",
    "TrialSpec",
    "Tuning",
    "Weights",
    "can_be_shown",
    "resolve",
    "rules_text",
    "split_options",
]
