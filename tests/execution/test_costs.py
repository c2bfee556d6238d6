"""What a cell is said to cost, against sums by hand and planted truth."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_sdk.api import prepare
from medpeft_sdk.execution import cell as cells
from medpeft_sdk.execution import energy, measure
from medpeft_sdk.execution.costs import Meter
from medpeft_sdk.execution.energy import EnergyMeter
from medpeft_sdk.execution.flops import FlopCounts, inference_flops, training_flops
from medpeft_sdk.execution.latency import time_passes
from medpeft_sdk.execution.measure import (
    measure_inference,
    measure_merged,
    measure_training_step,
    untouched,
)
from medpeft_sdk.specs import Inference, ResultSpec, TrainingStep
from tests.training.small import CPU, adapted_network

CPU_DEVICE = torch.device("cpu")
IMAGES = torch.rand(8, 3, 16, 16)


class Factors(nn.Module):
    """A layer whose weight is the product of two factors, made anew in each pass."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Parameter(torch.rand(8, 2)), nn.Parameter(torch.rand(2, 4))

    def forward(self, features: Tensor) -> Tensor:
        return F.linear(features, self.a @ self.b)


class Attention(nn.Module):
    def forward(self, tokens: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(tokens, tokens, tokens)


def step_flops(model: nn.Module, images: Tensor, batch: int, micro_batch: int) -> int:
    return training_flops(model, images, CPU, batch=batch, micro_batch=micro_batch)


def test_flops_of_layers_are_those_by_hand() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    first, second = 2 * 4 * 8, 2 * 8 * 3
    assert inference_flops(model, torch.rand(1, 4), CPU) == first + second
    # Forward, the gradients of both weights, and that of what the second layer takes in.
    both = 2 * (first + second) + second
    assert step_flops(model, torch.rand(4, 4), 32, 32) == 32 * both


def test_a_frozen_layer_saves_its_part_of_the_backward_pass() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    model[0].requires_grad_(False)
    first, second = 2 * 4 * 8, 2 * 8 * 3
    assert step_flops(model, torch.rand(4, 4), 10, 10) == 10 * (first + 2 * second)


def test_flops_of_a_convolution_are_those_by_hand() -> None:
    model = nn.Conv2d(3, 5, 3, padding=1)
    forward = 2 * 3 * 5 * 3 * 3 * 16 * 16
    assert inference_flops(model, IMAGES[:1], CPU) == forward
    assert step_flops(model, IMAGES, 8, 8) == 8 * 2 * forward


def test_attention_is_its_two_products_wherever_it_runs() -> None:
    heads, tokens, width = 2, 6, 4
    found = inference_flops(Attention(), torch.rand(1, heads, tokens, width), CPU)
    assert found == 2 * (2 * heads * tokens * tokens * width)


def test_what_is_done_once_a_pass_counts_once_a_pass() -> None:
    product, each = 2 * 8 * 2 * 4, 2 * 4 * 8
    # The product and its two gradients; for each image forward and the gradient of the weight.
    once, image = 3 * product, 2 * each
    assert step_flops(Factors(), torch.rand(4, 4), 32, 32) == once + 32 * image
    assert step_flops(Factors(), torch.rand(4, 4), 32, 12) == 3 * once + 32 * image


def test_measuring_leaves_a_network_and_random_numbers_as_they_were() -> None:
    model = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2)).eval()
    model[0].train()
    kept = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    random = torch.random.get_rng_state()
    with untouched(model):
        model.train()
        model(torch.rand(8, 4)).sum().backward()
    assert torch.equal(torch.random.get_rng_state(), random)
    assert all(torch.equal(tensor, kept[name]) for name, tensor in model.state_dict().items())
    assert [m.training for m in model] == [True, False, False]
    assert all(p.grad is None for p in model.parameters())


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a pass of a batch take as long as it wants, on a busy machine."""
    monkeypatch.setattr(measure, "_LONGEST_PASS", float("inf"))


@pytest.mark.usefixtures("patient")
def test_what_is_merged_is_measured_merged() -> None:
    adapted = adapted_network("lora")
    plain = measure_inference(adapted_network("linear").model, IMAGES, CPU)
    found = measure_inference(adapted.model, IMAGES, CPU)
    merged = measure_merged(adapted, IMAGES, CPU)
    assert merged.flops == plain.flops
    assert found.flops and merged.flops and found.flops > merged.flops
    assert merged.single and merged.batched
    assert (merged.single.batch_size, merged.batched.batch_size) == (1, len(IMAGES))


@pytest.mark.usefixtures("patient")
def test_merged_latency_is_timed_on_the_merged_network(monkeypatch: pytest.MonkeyPatch) -> None:
    adapted, merged = adapted_network("lora"), nn.Flatten()
    seen: list[int] = []
    merged.register_forward_hook(lambda module, inputs, output: seen.append(len(inputs[0])))
    monkeypatch.setattr(adapted, "merge", lambda: merged)
    found = measure_merged(adapted, IMAGES, CPU)
    assert found.single and found.batched
    assert seen.count(len(IMAGES)) == found.batched.n


def test_a_method_that_cannot_be_merged_says_why() -> None:
    found = measure_merged(adapted_network("vpt_shallow"), IMAGES, CPU)
    assert (found.flops, found.single, found.batched) == (None, None, None)
    assert found.reason and "cannot be merged" in found.reason


def test_a_network_that_fails_to_be_measured_is_a_reason() -> None:
    class Fails(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            raise ValueError("not today\nnor tomorrow")

    found = measure_inference(Fails(), IMAGES, CPU)
    assert found.flops is None and found.reason and "ValueError: not today" in found.reason


def test_a_long_pass_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_LONGEST_PASS", 0.0)
    found = measure_inference(nn.Flatten(), IMAGES, CPU)
    assert found.single and found.batched is None
    assert found.reason and "8 images" in found.reason


def test_fewer_parameters_to_train_are_fewer_operations() -> None:
    flops = {
        method: measure_training_step(
            adapted_network(method), IMAGES, CPU, batch=8, micro_batch=8
        ).flops
        for method in ("linear", "full")
    }
    assert flops["linear"] and flops["full"]
    assert 2 * flops["linear"] < flops["full"]


def test_equal_networks_are_counted_once_and_others_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []

    def counting(*args: Any, **kwargs: Any) -> int:
        counted.append(training_flops(*args, **kwargs))
        return counted[-1]

    monkeypatch.setattr(measure, "training_flops", counting)
    counts = FlopCounts()

    def flops(method: str, batch: int = 8) -> int | None:
        adapted = adapted_network(method)
        once = counts.of(adapted.model, method)
        return measure_training_step(
            adapted, IMAGES, CPU, batch=batch, micro_batch=batch, once=once
        ).flops

    assert flops("linear") == flops("linear") == counted[0]
    assert [flops("full"), flops("linear", batch=4)] == counted[1:]
    assert len({*counted}) == 3


def test_latency_is_that_of_the_work() -> None:
    found = time_passes(lambda: time.sleep(0.01), batch_size=3, device=CPU_DEVICE)
    assert found.median_seconds >= 0.01
    assert (found.batch_size, found.n >= 3) == (3, True)


def test_an_inner_phase_is_charged_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    meter = Meter(CPU_DEVICE)
    now[0] = 1.0
    with meter.phase("train"):
        now[0] = 3.0
        with meter.phase("validate"):
            now[0] = 10.0
        now[0] = 14.0
    now[0] = 20.0
    with meter.phase("validate"):
        now[0] = 21.0
    assert (meter.seconds("train"), meter.seconds("validate")) == (6.0, 8.0)
    assert (meter.seconds("train", "validate"), meter.seconds("test")) == (14.0, 0.0)


@pytest.mark.parametrize(
    "name",
    [
        "cpu",
        pytest.param(
            "cuda",
            marks=[
                pytest.mark.gpu,
                pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
            ],
        ),
    ],
)
def test_a_planted_allocation_is_found_in_its_phase(name: str) -> None:
    device = torch.device(name)
    meter, size = Meter(device), 96 << 20
    with meter.phase("load"):
        held = torch.ones(size // 4, device=device)
    meter.begin_memory()
    with meter.phase("train"):
        torch.ones(size // 4, device=device)
    with meter.phase("test"):
        torch.ones(size // 8, device=device)
    found = meter.phases()
    if found["train"].memory_bytes is None:
        pytest.skip("this system does not tell the peak of a part of a process's life")
    assert held.sum() and found["load"].memory_bytes is None
    assert found["train"].memory_bytes == pytest.approx(size, rel=0.2)
    assert found["test"].memory_bytes == pytest.approx(size / 2, rel=0.2)
    assert meter.peak_memory_bytes() > size


def test_without_a_gpu_there_is_no_energy() -> None:
    meter = EnergyMeter(CPU_DEVICE)
    with meter.measuring():
        pass
    assert meter.energy is None


class Board(SimpleNamespace):
    """A driver whose counter goes up by 50 J a reading."""

    NVMLError = RuntimeError
    millijoules, open = 0, True

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        if uuid != "GPU-1234":
            raise self.NVMLError("Not Found")
        return uuid

    def nvmlDeviceGetTotalEnergyConsumption(self, board: str) -> int:  # noqa: N802
        self.millijoules += 50_000
        return self.millijoules

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open = False


@pytest.mark.parametrize(("uuid", "joules"), [("1234", 50.0), ("a part of one", None)])
def test_energy_is_what_the_board_counted(
    uuid: str, joules: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Board()
    monkeypatch.setattr(energy, "_nvml", lambda: board)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: None)
    properties = SimpleNamespace(uuid=uuid)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    meter = EnergyMeter(torch.device("cuda:0"))
    with meter.measuring():
        pass
    assert (meter.energy and meter.energy.joules) == joules
    assert not board.open


def run(folder: Path) -> tuple[ResultSpec, ...]:
    return (
        prepare(
            ["lora"],
            subsets=["4shot"],
            seeds=[0, 1],
            settings={"min_steps": 2, "max_steps": 2, "validations": 1, "image_size": 32},
            output=folder,
            executor="serial",
        )
        .run()
        .results
    )


def test_measuring_changes_no_answer_and_is_in_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDPEFT_CACHE_DIR", str(tmp_path / "cache"))
    measured = run(tmp_path / "measured")
    silent: dict[str, Callable[..., Any]] = {
        "measure_training_step": lambda *_, **__: TrainingStep(images=1, reason="not asked"),
        "measure_inference": lambda *_, **__: Inference(reason="not asked"),
        "measure_merged": lambda *_, **__: Inference(reason="not asked"),
    }
    for name, nothing in silent.items():
        monkeypatch.setattr(cells, name, nothing)
    bare = run(tmp_path / "bare")
    assert [r.files for r in measured] == [r.files for r in bare]
    costs = measured[0].costs
    assert costs and costs.training_step and costs.inference and costs.merged
    assert set(costs.phases) == {"data", "load", "adapt", "train", "validate", "test"}
    assert costs.training_step.flops and costs.training_step.images == 12
    assert costs.inference.flops and costs.merged.flops
    assert costs.inference.flops > costs.merged.flops
    assert costs.training_seconds == pytest.approx(
        costs.phases["train"].seconds + costs.phases["validate"].seconds
    )
    assert costs.energy is None
