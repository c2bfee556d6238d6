"""The script that made the embedded weights still runs, and what it draws follows from the seed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from medpeft_plugins.backbones.embedded import pretrain, vit_1m
from medpeft_plugins.backbones.embedded.formula_images import FormulaImages

WEIGHTS = Path(vit_1m.__file__).with_suffix(".safetensors")


def test_images_follow_from_the_seed() -> None:
    first, again, other = (FormulaImages(seed).draw(4).images for seed in (0, 0, 1))
    assert first.shape == (4, 3, 64, 64)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.min() >= 0
    assert first.max() <= 1


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="needs torch 2.9 or newer")
def test_a_short_run_writes_weights_of_the_same_form(tmp_path: Path) -> None:
    model = pretrain.train(steps=4, batch_size=8)
    pretrain.save(model, tmp_path / "w.safetensors", seed=0, steps=4)
    made, shipped = load_file(tmp_path / "w.safetensors"), load_file(WEIGHTS)
    assert {n: (t.shape, t.dtype) for n, t in made.items()} == {
        n: (t.shape, t.dtype) for n, t in shipped.items()
    }


def test_the_shipped_file_is_small() -> None:
    assert WEIGHTS.stat().st_size <= 3_000_000
    assert sum(t.numel() for t in load_file(WEIGHTS).values()) == pytest.approx(1e6, rel=0.1)
