from __future__ import annotations

import pytest

from medpeft_sdk.cli.subgroups import print_subgroups
from medpeft_sdk.registry import load_registry
from medpeft_sdk.specs import Subgroups
from tests.results.factory import make_result, make_subgroups


def test_gaps_are_a_line_a_method_and_attribute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    left_out = Subgroups(reason="it has 114 values; expected at most 12, or numbers")
    attributes = {"sex": make_subgroups(0.1), "condition": left_out}
    print_subgroups(
        [make_result(method=name, subgroups=attributes) for name in ("lora", "linear")],
        load_registry(),
    )
    told = capsys.readouterr()
    assert "auroc in subgroups" in told.out
    for method in ("lora", "linear"):
        (line,) = (line for line in told.out.splitlines() if f" {method} " in line)
        assert "sex" in line and "male" in line
        assert "0.100 [0.050, 0.150]" in line and "0.700 [0.650, 0.750]" in line
    assert told.err.count("busi, condition: it has 114 values; expected at most 12") == 1
    assert told.err.count("busi, sex: unknown (3): the value is not known") == 1


def test_without_attributes_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_subgroups([make_result(), make_result(seed=1, status="failed")], load_registry())
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "")
