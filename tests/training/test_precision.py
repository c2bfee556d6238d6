from __future__ import annotations

import pytest
import torch

from medpeft_sdk.errors import SpecError
from medpeft_sdk.training import check_device, choose_device


@pytest.mark.parametrize("name", ["auto", "cpu"])
def test_a_device_that_is_there(name: str) -> None:
    check_device(name)
    assert choose_device(name).type in ("cpu", "cuda")


@pytest.mark.parametrize("name", ["tpu9", "meta", "", "cuda:77"])
def test_a_device_that_is_not_there(name: str) -> None:
    for ask in (check_device, choose_device):
        with pytest.raises(SpecError, match="is not there") as raised:
            ask(name)
        assert raised.value.where == "--device"


def test_devices_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 2)
    for name in ("cuda", "cuda:0", "cuda:1"):
        check_device(name)
    for name in ("cuda:2", "mps"):
        with pytest.raises(SpecError):
            check_device(name)
