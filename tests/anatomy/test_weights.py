"""Weights files: what is read, and what is refused in which words."""

import hashlib
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from medpeft_sdk.anatomy import check_digest, hash_file, load_state
from medpeft_sdk.errors import WeightsError

STATE = {"fc.weight": torch.arange(6.0).reshape(2, 3), "fc.bias": torch.ones(2)}


class Bomb:
    """What no weights file may hold: an object whose unpickling runs code."""

    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("boom",))


def same(state: dict[str, torch.Tensor]) -> bool:
    return state.keys() == STATE.keys() and all(torch.equal(state[n], STATE[n]) for n in STATE)


def test_safetensors(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "w.safetensors")
    assert same(load_state(tmp_path / "w.safetensors"))


@pytest.mark.parametrize("suffix", ["pth", "pt", "bin"])
def test_torch_files(tmp_path: Path, suffix: str) -> None:
    torch.save(STATE, tmp_path / f"w.{suffix}")
    assert same(load_state(tmp_path / f"w.{suffix}"))


@pytest.mark.parametrize("key", ["state_dict", "model"])
def test_nested_and_prefixed(tmp_path: Path, key: str) -> None:
    wrapped = {key: {f"module._orig_mod.{n}": t for n, t in STATE.items()}, "epoch": 3}
    torch.save(wrapped, tmp_path / "w.pth")
    assert same(load_state(tmp_path / "w.pth"))


def test_averaged_weights_come_first(tmp_path: Path) -> None:
    torch.save({"model": {"a": torch.zeros(1)}, "model_ema": STATE}, tmp_path / "w.pth")
    assert same(load_state(tmp_path / "w.pth"))


def test_no_code_of_a_file_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"state_dict": Bomb()}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="asks to run code"):
        load_state(tmp_path / "w.pth")
    (tmp_path / "p.pth").write_bytes(pickle.dumps(Bomb(), protocol=2))
    with pytest.raises(WeightsError):
        load_state(tmp_path / "p.pth")
    assert "boom" not in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
@pytest.mark.parametrize("kept", [0, 5, 0.5])
def test_cut_off_files(tmp_path: Path, suffix: str, kept: float) -> None:
    file = tmp_path / f"w.{suffix}"
    save_file(STATE, file) if suffix == "safetensors" else torch.save(STATE, file)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(kept * len(whole)) if kept < 1 else int(kept)])
    with pytest.raises(WeightsError) as raised:
        load_state(file)
    assert raised.value.where == str(file)


def test_what_is_no_weights_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not exist"):
        load_state(tmp_path / "absent.safetensors")
    with pytest.raises(WeightsError, match="a folder"):
        load_state(tmp_path)
    (tmp_path / "w.png").write_bytes(b"png")
    with pytest.raises(WeightsError, match=r"'\.png'"):
        load_state(tmp_path / "w.png")
    torch.save({"state_dict": {"a": 1}}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="something else"):
        load_state(tmp_path / "w.pth")


def test_digest(tmp_path: Path) -> None:
    file = tmp_path / "w.bin"
    file.write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    assert hash_file(file) == digest
    check_digest(file, digest)
    with pytest.raises(WeightsError, match=digest):
        check_digest(file, "0" * 64)
    with pytest.raises(WeightsError, match="does not exist"):
        hash_file(tmp_path / "absent.bin")
