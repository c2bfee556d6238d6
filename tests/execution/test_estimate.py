"""What an estimate of time is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from medpeft_sdk.api import Evaluation, prepare
from medpeft_sdk.execution import estimate


@pytest.fixture
def planned(tmp_path: Path) -> Evaluation:
    return prepare(["linear"], seeds=[0, 1], output=tmp_path / "results", executor="serial")


def seconds(planned: Evaluation, *, workers: int = 1, tested: bool = True) -> float:
    plan, settings, registry = planned.plan, planned.settings, planned.registry
    return estimate.estimate_seconds(plan, settings, registry, workers, tested=tested)


def test_metrics_cost_as_much_as_their_samples_and_nothing_where_none_is_computed(
    planned: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "_seconds_per_image", lambda *args: 0.0)
    assert seconds(planned) > 0
    assert seconds(planned, tested=False) == 0
    monkeypatch.setattr(estimate, "_seconds_to_judge", lambda *args: 0.5)
    tested = 1132
    assert seconds(planned) == 2 * 0.5 * tested
    assert seconds(planned, workers=2) == 0.5 * tested
