"""What turns a network and a method into something trainable."""

from medpeft_sdk.adaptation.adapted import Adapted, adapt
from medpeft_sdk.adaptation.method import Method

__all__ = ["Adapted", "Method", "adapt"]
