"""What a user chooses from Python, in place of what a protocol says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medpeft_sdk.api import prepare
from medpeft_sdk.errors import SpecError

TOML = """
name = "mine"
version = 1
title = "Mine"
extends = "quick"
methods = ["linear", "lora"]
seeds = [0, 1]
"""


def test_one_choice_may_stand_alone_and_none_is_what_the_protocol_names(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(TOML)
    own = prepare(protocol=tmp_path / "my.toml").plan
    assert own.protocol.methods == ("linear", "lora") and len(own.cells) == 4
    one = prepare("bitfit", tmp_path / "my.toml", subsets="4shot", seeds=3).plan
    assert [(c.cell.method, str(c.cell.subset), c.cell.seed) for c in one.cells] == [
        ("bitfit", "4shot", 3)
    ]
    set_ = prepare(["linear"], datasets="phantom_dermoscopy", subsets=["4shot"], seeds=(0,)).plan
    assert set_.protocol.datasets == ("phantom_dermoscopy",)


@pytest.mark.parametrize("field", ["methods", "datasets", "backbones", "subsets", "seeds"])
def test_an_empty_choice_is_no_choice_of_all(field: str) -> None:
    with pytest.raises(SpecError, match=f"{field} is empty"):
        prepare(**{field: []})


def test_a_changed_protocol_does_not_call_itself_what_it_no_longer_is() -> None:
    same = prepare(["linear"]).plan.protocol
    assert same.name == "quick" and "laptop" in same.title
    changed = prepare(["linear"], seeds=[7])
    assert changed.plan.protocol.title == "quick with other seeds"
    protocol = prepare(["lora"], settings={"rank": 2, "epochs": 3}).plan.protocol
    assert protocol.name == "quick_custom"
    assert protocol.title == "quick with other recipe, hyperparameters"
    assert protocol.description == ""


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"workers": 2.5}, "2.5 workers"),
        ({"workers": "2"}, "2 workers"),
        ({"threads": None}, "None threads"),
        ({"settings": [("rank", 4)]}, "the settings are"),
        ({"output": None}, "the output is None"),
    ],
)
def test_what_only_python_can_give_is_refused_in_one_message(
    wrong: dict[str, object], told: str
) -> None:
    with pytest.raises(SpecError, match=told):
        prepare(["lora"], **wrong)


def test_numbers_of_numpy_are_numbers() -> None:
    plan = prepare("linear", seeds=np.arange(2), subsets=[np.float64(0.5)]).plan
    assert [cell.cell.seed for cell in plan.cells] == [0, 1]
    assert str(plan.cells[0].cell.subset) == "50%"
