"""Every method in a cell on a GPU, and what the cell says it cost."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from medpeft_sdk.api import prepare
from medpeft_sdk.registry import load_registry

METHODS = [
    entry.spec.name
    for entry in load_registry().methods
    if entry.origin.distribution == "medpeft-sdk"
]


@pytest.mark.gpu
@pytest.mark.slow
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("backbone", ["embedded/vit_1m", "embedded/resnet_1m"])
def test_every_method_runs_and_says_what_it_cost(backbone: str, tmp_path: Path) -> None:
    evaluation = prepare(
        METHODS,
        subsets=["4shot"],
        seeds=[0],
        settings={"min_steps": 4, "max_steps": 4, "validations": 2, "image_size": 32},
        backbones=[backbone],
        output=tmp_path,
        executor="serial",
    )
    results = evaluation.run().results
    assert not {r.cell.method: r.reason for r in results if r.status not in ("ok", "unsupported")}
    finished = [r for r in results if r.status == "ok"]
    assert len(finished) > len(METHODS) // 2
    for result in finished:
        environment, costs = result.environment, result.costs
        assert environment.device == torch.cuda.get_device_name()
        assert environment.precision == "bfloat16" and not environment.deterministic
        assert costs is not None and costs.inference is not None
        for phase in ("train", "validate", "test"):
            added = costs.phases[phase].memory_bytes
            assert added and costs.peak_memory_bytes >= added, (result.cell.method, phase)
        assert costs.inference.reason is None, costs.inference.reason
        assert costs.inference.batched is not None
        assert costs.energy is not None and costs.energy.joules > 0
