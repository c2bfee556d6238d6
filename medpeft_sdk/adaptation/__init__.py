"""What turns a network and a method into something trainable, and takes it home."""

from medpeft_sdk.adaptation.adapt import adapt, check_supported
from medpeft_sdk.adaptation.adapted import Adapted
from medpeft_sdk.adaptation.addition import Addition, attach, let_call
from medpeft_sdk.adaptation.directory import read_description
from medpeft_sdk.adaptation.limits import check_at_most, check_divides
from medpeft_sdk.adaptation.load import load_onto
from medpeft_sdk.adaptation.method import Method

__all__ = [
    "Adapted",
    "Addition",
    "Method",
    "adapt",
    "attach",
    "check_at_most",
    "check_divides",
    "check_supported",
    "let_call",
    "load_onto",
    "read_description",
]
