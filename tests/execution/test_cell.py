"""What a cell promises, whatever its method is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from medpeft_sdk.api import Evaluation, prepare
from medpeft_sdk.data import HeldOut
from medpeft_sdk.errors import DataError, PluginError
from medpeft_sdk.evaluation import Predictions
from medpeft_sdk.execution import workbench as workbenches
from medpeft_sdk.execution.candidate import Candidate
from medpeft_sdk.execution.workbench import Workbench
from medpeft_sdk.planning import IDENTITY_VERSION
from medpeft_sdk.results import ResultStore

FAST = {"min_steps": 4, "max_steps": 4, "validations": 2, "image_size": 32}


@pytest.fixture
def planned(tmp_path: Path) -> Any:
    def plan(method: str = "bitfit", **options: Any) -> Evaluation:
        return prepare(
            [method],
            subsets=["4shot"],
            seeds=[0],
            settings=FAST,
            output=tmp_path / "results",
            executor="serial",
            **options,
        )

    return plan


def test_the_test_split_is_read_once_and_after_training(
    planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    read, advance = HeldOut.read, Candidate.advance

    def reading(self: HeldOut) -> Any:
        happened.append("test split read")
        return read(self)

    def advancing(self: Candidate) -> Any:
        look = advance(self)
        happened.append("training ends" if look is None else "validation split read")
        return look

    monkeypatch.setattr(HeldOut, "read", reading)
    monkeypatch.setattr(Candidate, "advance", advancing)
    (result,) = planned().run().results
    assert result.status == "ok"
    looks = ["validation split read"] * FAST["validations"]
    assert happened == [*looks, "training ends", "test split read"]


def test_training_is_handed_no_row_of_the_test_split(
    planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources: list[list[int]] = []
    source = workbenches.ImageSource

    def recording(pixels: Any, labels: Any, rows: Any, **options: Any) -> Any:
        sources.append(rows.tolist())
        return source(pixels, labels, rows, **options)

    monkeypatch.setattr(workbenches, "ImageSource", recording)
    planned().run()
    train, validation, test = (set(rows) for rows in sources)
    assert not test & (train | validation)
    assert not train & validation
    assert len(train) == 12


def test_a_metric_can_be_recomputed_from_the_stored_predictions(planned: Any) -> None:
    evaluation = planned()
    (result,) = evaluation.run().results
    store = ResultStore(Path(evaluation.settings.output), IDENTITY_VERSION)
    predictions = Predictions.from_parquet(store.file(result.cell_id, "predictions.parquet"))
    entry = evaluation.registry.metrics.get("auroc")
    metric = entry.load()(entry.spec)
    value = metric.compute(
        torch.tensor(predictions.probabilities), torch.tensor(predictions.labels)
    )
    assert value == result.metrics["auroc"].value
    assert predictions.groups is not None


@pytest.mark.parametrize("method", ["linear", "bitfit", "lora", "full", "scratch"])
def test_counts_are_those_of_the_saved_adapter(method: str, planned: Any) -> None:
    evaluation = planned(method)
    (result,) = evaluation.run().results
    store = ResultStore(Path(evaluation.settings.output), IDENTITY_VERSION)
    adapter = load_file(store.file(result.cell_id, "adapter.safetensors"))
    assert result.parameters is not None
    assert result.parameters.stored == sum(t.numel() for t in adapter.values())
    assert {o.name for o in result.provenance} >= {method, "embedded/vit_1m", "auroc"}


def test_a_dataset_that_changes_while_a_run_goes_on_is_noticed(planned: Any) -> None:
    evaluation = planned()
    (bundle,) = evaluation.plan.bundles
    reference = bundle.cells[0].cell.dataset.model_copy(update={"fingerprint": "0" * 64})
    changed = bundle.cells[0].cell.model_copy(update={"dataset": reference})
    other = type(bundle)(
        bundle.dataset, bundle.backbone, (type(bundle.cells[0])(bundle.cells[0].id, changed),)
    )
    with pytest.raises(DataError, match="changed since the run was planned"):
        Workbench(other, evaluation.settings, evaluation.registry)


def test_scratch_starts_from_other_weights_than_the_pretrained_network(planned: Any) -> None:
    evaluation = planned()
    (bundle,) = evaluation.plan.bundles
    bench = Workbench(bundle, evaluation.settings, evaluation.registry)
    recipe = bundle.cells[0].cell.recipe

    def weights(pretrained: bool, seed: int) -> dict[str, torch.Tensor]:
        return bench.network(recipe, pretrained=pretrained, seed=seed).state_dict()

    one, again, other = weights(True, 0), weights(True, 0), weights(True, 1)
    assert all(torch.equal(one[n], again[n]) for n in one)
    assert {n for n in one if not torch.equal(one[n], other[n])} == {"head.weight", "head.bias"}
    drawn, redrawn = weights(False, 0), weights(False, 1)
    assert not torch.equal(drawn["blocks.0.attn.qkv.weight"], one["blocks.0.attn.qkv.weight"])
    assert not torch.equal(drawn["blocks.0.attn.qkv.weight"], redrawn["blocks.0.attn.qkv.weight"])


def test_a_metric_that_fails_costs_its_own_value_alone(
    planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = planned()
    brier = evaluation.registry.metrics.get("brier").load()

    def fail(*arguments: Any) -> float:
        raise ZeroDivisionError("no luck today")

    monkeypatch.setattr(brier, "compute", fail)
    (result,) = evaluation.run().results
    assert result.status == "ok"
    assert result.metrics["auroc"].value is not None
    assert result.metrics["brier"].value is None
    assert "brier" in str(result.metrics["brier"].reason)
    assert "predictions.parquet" in result.files


def test_the_metric_that_chooses_is_named_when_it_fails(
    planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = planned()
    auroc = evaluation.registry.metrics.get("auroc").load()

    def fail(*arguments: Any) -> float:
        raise ZeroDivisionError("no luck today")

    monkeypatch.setattr(auroc, "compute", fail)
    (result,) = evaluation.run().results
    assert result.status == "failed"
    assert "'auroc', by which validation chooses, failed" in str(result.reason)


def test_a_method_that_changes_frozen_weights_has_no_answer(
    planned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = planned("linear")
    linear = evaluation.registry.methods.get("linear").load()

    def drift(model: Any, inputs: Any) -> None:
        model.blocks[3].mlp.fc1.weight.data.mul_(0.999)

    def adapt(self: Any, model: Any, sites: Any, **hyperparameters: Any) -> Any:
        model.register_forward_pre_hook(drift)
        return model

    monkeypatch.setattr(linear, "adapt", adapt)
    (result,) = evaluation.run().results
    assert result.status == "failed"
    assert str(result.reason).endswith("which nothing stores: blocks.3.mlp.fc1.weight")


def test_an_executor_that_fails_is_named(planned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation = planned()
    serial = evaluation.registry.executors.get("serial").load()

    def fail(*arguments: Any, **options: Any) -> None:
        raise ZeroDivisionError("no luck today")

    monkeypatch.setattr(serial, "run", fail)
    with pytest.raises(PluginError, match="the executor 'serial' failed: ZeroDivisionError"):
        evaluation.run()
