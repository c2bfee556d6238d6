"""Options that several datasets share."""

from __future__ import annotations

from medpeft_sdk.specs import Hyperparameter

MISSING = Hyperparameter(
    name="missing",
    type="str",
    default="fail",
    choices=("fail", "drop"),
    description="What is done about images that the table lists and the folder lacks.",
)
