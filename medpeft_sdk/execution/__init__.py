"""Where bundles run, and how a planned cell becomes a result."""

from medpeft_sdk.execution.dataset import (
    find_datasets,
    find_root,
    leave_out_unreadable,
    open_dataset,
)
from medpeft_sdk.execution.job import Event, Executor, OnDecode, OnEvent, RunSettings
from medpeft_sdk.execution.outcome import report_crash
from medpeft_sdk.execution.run import Run, execute
from medpeft_sdk.execution.searches import chosen, trials_left

__all__ = [
    "Event",
    "Executor",
    "OnDecode",
    "OnEvent",
    "Run",
    "RunSettings",
    "chosen",
    "execute",
    "find_datasets",
    "find_root",
    "leave_out_unreadable",
    "open_dataset",
    "report_crash",
    "trials_left",
]
