"""The kit as a class of tests.

An author's whole test file is

    from medpeft_sdk.testing.pytest import MethodConformance

    class TestMyMethod(MethodConformance):
        name = "mymethod"
"""

from __future__ import annotations

from typing import ClassVar

import pytest

from medpeft_sdk.registry import load_registry
from medpeft_sdk.testing.kit import check_on, check_spec
from medpeft_sdk.testing.networks import NETWORKS
from medpeft_sdk.testing.report import Report


class MethodConformance:
    """Checks the method of this name; networks that it refuses are shown as skipped."""

    name: ClassVar[str]

    def test_spec_and_registration(self) -> None:
        """Checks what needs no network."""
        _judge(check_spec(load_registry().methods.get(self.name)))

    @pytest.mark.parametrize("network", list(NETWORKS))
    def test_on(self, network: str) -> None:
        """Checks the method on a network."""
        entry = load_registry().methods.get(self.name)
        _judge(check_on(entry.load()(entry.spec), NETWORKS[network]))


def _judge(report: Report) -> None:
    if report.refusal is not None:
        pytest.skip(f"refused: {report.refusal}")
    assert not report.failures, "\n".join(f"{o.check}: {o.reason}" for o in report.failures)
    if all(o.status == "not checked" for o in report.outcomes):
        pytest.skip(report.outcomes[0].reason)
