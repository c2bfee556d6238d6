"""What results say together."""

from medpeft_sdk.analysis.compare import Comparison, compare

__all__ = ["Comparison", "compare"]
