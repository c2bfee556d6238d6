"""The script that made the embedded weights still runs, and what it draws follows from the seed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from medpeft_plugins.backbones.embedded import architectures, pretrain
from medpeft_plugins.backbones.embedded.formula_images import FormulaImages


def test_images_follow_from_the_seed() -> None:
    first, again, other = (FormulaImages(seed).draw(4).images for seed in (0, 0, 1))
    assert first.shape == (4, 3, 64, 64)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.min() >= 0
    assert first.max() <= 1


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="needs torch 2.9 or newer")
@pytest.mark.parametrize("name", architectures.ARCHITECTURES)
def test_a_short_run_writes_weights_of_the_same_form(tmp_path: Path, name: str) -> None:
    model = pretrain.train(name, steps=4, batch_size=8)
    pretrain.save(model.network, tmp_path / "w.safetensors", name, seed=0, steps=4)
    made = load_file(tmp_path / "w.safetensors")
    shipped = load_file(Path(architectures.__file__).with_name(f"{name}.safetensors"))
    assert {n: (t.shape, t.dtype) for n, t in made.items()} == {
        n: (t.shape, t.dtype) for n, t in shipped.items()
    }
    assert all(t.isfinite().all() for t in made.values())


def test_statistics_of_normalisation_belong_to_the_averaged_weights() -> None:
    average = pretrain.train("resnet_1m", steps=2, batch_size=8)
    stream = pretrain.Stream(seed=2, batch_size=8, first=0, steps=2)
    seen = torch.cat([average.network.conv1((b.images - 0.5) / 0.5).flatten(2) for b in stream])
    assert torch.allclose(average.network.bn1.running_mean, seen.mean((0, 2)), atol=1e-5)
