"""Each mistake is one message, exit code 2, no traceback, and nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from medpeft_sdk.planning import find_protocol
from medpeft_sdk.registry import load_registry
from tests.cli.conftest import FAST, Run, answer

Prepare = Callable[[Path], list[str]]


def image_folder(root: Path, **counts: int) -> Path:
    rng = np.random.default_rng(0)
    for name, count in (counts or {"cat": 12, "dog": 12}).items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            pixels = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"{i}.png")
    return root


def folder(change: Callable[[Path], object], **counts: int) -> Prepare:
    def prepare(path: Path) -> list[str]:
        root = image_folder(path / "images", **counts)
        change(root)
        return [f"--dataset=folder:{root}", "--fraction=2shot"]

    return prepare


def truncate(root: Path) -> None:
    file = root / "cat" / "3.png"
    file.write_bytes(file.read_bytes()[:200])


def wrong_weights(path: Path) -> list[str]:
    save_file({"conv.weight": torch.zeros(3)}, path / "w.safetensors")
    return ["--backbone=timm/resnet18", f"--weights={path / 'w.safetensors'}"]


def damaged_weights(path: Path) -> list[str]:
    (path / "w.safetensors").write_bytes(b"\x08\x00\x00")
    return ["--backbone=timm/resnet18", f"--weights={path / 'w.safetensors'}"]


def pickled_weights(path: Path) -> list[str]:
    torch.save({"weight": Path("/")}, path / "w.pth")
    return ["--backbone=timm/resnet18", f"--weights={path / 'w.pth'}"]


def own_protocol(**fields: object) -> Prepare:
    """Writes the protocol ``quick`` with other fields, and names no method beside it."""

    def prepare(path: Path) -> list[str]:
        own = find_protocol("quick", load_registry()).model_dump(mode="json")
        own |= {"name": "own"} | fields
        lines = [f"{k} = {json.dumps(v)}" for k, v in own.items() if not isinstance(v, dict)]
        recipe = {k: v for k, v in own["recipe"].items() if v is not None}
        lines += ["[recipe]", *(f"{k} = {json.dumps(v)}" for k, v in recipe.items())]
        (path / "own.toml").write_text("\n".join(lines))
        return [f"--protocol={path / 'own.toml'}"]

    return prepare


def protocol(text: str) -> Prepare:
    def prepare(path: Path) -> list[str]:
        (path / "mine.toml").write_text(text)
        return ["--protocol=mine.toml"]

    return prepare


CASES: dict[str, tuple[Prepare, tuple[str, ...]]] = {
    "no data": (lambda p: ["--dataset=busi"], ("busi", "--data busi=PATH", "Dataset_BUSI")),
    "data root that is not there": (
        lambda p: ["--dataset=busi", "--data=busi=nowhere"],
        ("nowhere", "does not exist"),
    ),
    "data for a dataset that is not run": (
        lambda p: ["--data=bussi=x"],
        ("bussi", "--data"),
    ),
    "empty class folder": (
        folder(lambda root: (root / "bird").mkdir()),
        ("bird",),
    ),
    "truncated image": (folder(truncate), ("3.png", "--corrupt skip")),
    "truncated image that a worker reads": (
        lambda p: [*folder(truncate)(p), "--executor=local"],
        ("3.png", "--corrupt skip"),
    ),
    "text named as an image": (
        folder(lambda root: (root / "dog" / "notes.png").write_text("not an image")),
        ("notes.png",),
    ),
    "mask among the images": (
        folder(lambda root: (root / "cat" / "0_mask.png").write_bytes(b"")),
        ("0_mask.png",),
    ),
    "link to nowhere": (
        folder(lambda root: (root / "cat" / "gone.png").symlink_to(root / "nowhere.png")),
        ("gone.png",),
    ),
    "two folders of one name": (
        lambda p: [
            f"--dataset=folder:{image_folder(p / 'a' / 'images')}",
            f"--dataset=folder:{image_folder(p / 'b' / 'images')}",
        ],
        ("folder:images", "rename"),
    ),
    "seed beyond 64 bits": (
        lambda p: ["--seed=99999999999999999999"],
        ("--seed does not allow", "99999999999999999999"),
    ),
    "one class": (folder(lambda root: None, cat=12), ("class",)),
    "fewer samples than splits": (folder(lambda root: None, cat=12, dog=2), ("dog", "2")),
    "more shots than samples": (
        lambda p: [
            *folder(lambda r: None)(p)[:1],
            "--dataset=phantom_dermoscopy",
            "--dataset=phantom_ultrasound",
            "--fraction=4shot",
            "--fraction=64shot",
        ],
        ("64 shots", "folder:images: 'cat' has", "phantom_dermoscopy: 'akiec' has", "--fraction"),
    ),
    "no folder": (lambda p: ["--dataset=folder:nowhere"], ("nowhere",)),
    "fraction 0": (lambda p: ["--fraction=0"], ("fraction", "more than 0")),
    "fraction above 1": (
        lambda p: ["--fraction=1.5"],
        ("--fraction does not allow 1.5", "at most 1"),
    ),
    "fraction in words": (lambda p: ["--fraction=half"], ("16shot",)),
    "unknown method": (lambda p: ["--method=lorra"], ("lorra", "did you mean lora")),
    "unknown protocol": (lambda p: ["--protocol=quik"], ("did you mean quick",)),
    "unknown dataset": (lambda p: ["--dataset=bussi"], ("did you mean busi", "--dataset")),
    "dataset in capitals": (lambda p: ["--dataset=BUSI"], ("did you mean busi",)),
    "backbone without its library": (
        lambda p: ["--backbone=resnet18"],
        ("did you mean timm/resnet18",),
    ),
    "reference of a protocol": (
        own_protocol(reference="lorra"),
        ("lorra", "the reference of the protocol"),
    ),
    "unknown backbone": (lambda p: ["--backbone=timm/resnet5O"], ("did you mean", "resnet50")),
    "unknown executor": (lambda p: ["--executor=locall"], ("did you mean local",)),
    "unknown device": (lambda p: ["--device=tpu9"], ("tpu9", "--device")),
    "no worker": (lambda p: ["--executor=local", "--workers=0"], ("--workers",)),
    "hyperparameter out of bounds": (
        lambda p: ["--method=lora", "--set=rank=0"],
        ("rank", "int in ["),
    ),
    "hyperparameter of another type": (
        lambda p: ["--method=lora", "--set=rank=big"],
        ("rank", "type int"),
    ),
    "hyperparameter unknown": (
        lambda p: ["--method=lora", "--set=rnak=8"],
        ("rnak", "did you mean rank"),
    ),
    "recipe out of bounds": (lambda p: ["--set=epochs=0"], ("epochs",)),
    "output that is a file": (
        lambda p: [((p / "taken").write_text("") and "") or f"--output={p / 'taken'}"],
        ("taken",),
    ),
    "output inside a device": (lambda p: ["--output=/dev/null/results"], ("/dev/null/results",)),
    "no weights file": (
        lambda p: ["--backbone=timm/resnet18", "--weights=nowhere.safetensors"],
        ("nowhere.safetensors",),
    ),
    "weights for two backbones": (
        lambda p: ["--backbone=timm/resnet18", "--backbone=timm/resnet34", "--weights=w"],
        ("2 backbones",),
    ),
    "weights of another network": (wrong_weights, ("w.safetensors", "resnet18")),
    "weights cut short": (damaged_weights, ("w.safetensors",)),
    "weights that want to run code": (pickled_weights, ("w.pth",)),
    "weights without a network": (
        lambda p: ["--backbone=timm/resnet18"],
        ("timm/resnet18", "--weights"),
    ),
    "protocol that is not there": (lambda p: ["--protocol=none.toml"], ("none.toml",)),
    "protocol that is no TOML": (protocol("name = "), ("mine.toml",)),
    "protocol with an unknown field": (
        protocol('name = "mine"\nversion = 1\ncolour = "red"'),
        ("mine.toml", "colour"),
    ),
    "protocol that takes another's name": (
        own_protocol(name="quick", seeds=[7]),
        ("own.toml", "calls itself 'quick'", "another name"),
    ),
    "setting without a value": (lambda p: ["--set=rank"], ("name=value",)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_one_message(case: str, medpeft_here: Run, tmp_path: Path) -> None:
    prepare, words = CASES[case]
    arguments = prepare(tmp_path)
    if not any(a.startswith("--method") for a in arguments):
        arguments = ["--method=linear", *arguments]
    if not any(a.startswith("--executor") for a in arguments):
        arguments = ["--executor=serial", *arguments]
    small = ("--set=max_steps=1", "--set=min_steps=1", "--set=image_size=32")
    done = medpeft_here("evaluate", "--seed=0", *small, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
    for word in words:
        assert word in done.stderr, done.stderr


def test_a_protocols_own_method_is_not_blamed_on_an_option(medpeft: Run, tmp_path: Path) -> None:
    done = medpeft("evaluate", *own_protocol(methods=["lorra"], reference="lorra")(tmp_path))
    assert done.returncode == 2
    assert "'lorra'" in done.stderr and "the methods of the protocol" in done.stderr


def test_results_of_another_identity_version_are_refused_and_kept(
    medpeft: Run, tmp_path: Path
) -> None:
    answer(medpeft("evaluate", "--method=linear", "--seed=0", "--json", *FAST))
    (file,) = (tmp_path / "results").glob("cells/*/result.json")
    old = json.loads(file.read_text()) | {"identity_version": 99}
    file.write_text(json.dumps(old))
    for command in (["evaluate", "--method=linear", "--seed=0", *FAST], ["results", "show"]):
        done = medpeft(*command)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "identity version" in done.stderr
        assert "99" in done.stderr
        assert "Traceback" not in done.stderr
    assert json.loads(file.read_text()) == old


def test_a_folder_that_holds_no_results_is_not_taken_for_one(medpeft: Run, tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    for folder_name in ("holiday", "nowhere"):
        done = medpeft("results", "show", folder_name)
        assert done.returncode == 2
        assert folder_name in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["busi", "folder:{path}"])
def test_a_path_that_is_too_long_is_one_message(medpeft: Run, tmp_path: Path, name: str) -> None:
    path = str(tmp_path / ("a" * 300))
    process = medpeft("datasets", "verify", name.format(path=path), "--data", path)
    assert process.returncode == 2
    assert "File name too long" in process.stderr
    assert path in process.stderr.replace("\n", "")
    assert "Traceback" not in process.stderr


def test_an_unknown_kind_or_name_is_answered_with_what_there_is(medpeft: Run) -> None:
    for arguments, word in {
        ("show", "methd", "lora"): "did you mean method",
        ("show", "method", "lorra"): "did you mean lora",
        ("schema", "cel"): "did you mean cell",
        ("plugins", "disable", "builtin_method"): "did you mean builtin_methods",
    }.items():
        done = medpeft(*arguments)
        assert done.returncode == 2
        assert word in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [["list", "methods"], ["list", "methods", "--json"]])
def test_an_output_without_room_is_one_message(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "medpeft_sdk.cli", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr and "mend" in done.stderr
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
