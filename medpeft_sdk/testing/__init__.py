"""The conformance kit: what every method has to keep, on networks of every kind."""

from medpeft_sdk.testing.kit import METHOD_CHECKS, NETWORK_CHECKS, check_method, check_on
from medpeft_sdk.testing.networks import NETWORKS, Network
from medpeft_sdk.testing.report import Outcome, Report, Status

__all__ = [
    "METHOD_CHECKS",
    "NETWORKS",
    "NETWORK_CHECKS",
    "Network",
    "Outcome",
    "Report",
    "Status",
    "check_method",
    "check_on",
]
