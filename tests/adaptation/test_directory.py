"""Adapters that are saved, taken elsewhere and loaded, and what can be wrong with them."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

import medpeft_sdk
from medpeft_sdk.adaptation import Adapted
from medpeft_sdk.errors import (
    MedpeftError,
    SpecError,
    StoreError,
    UnknownNameError,
    UnsupportedError,
    WeightsError,
)
from medpeft_sdk.specs import AdapterSpec


def network(num_classes: int = 3) -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model(
        "vit_tiny_patch16_224",
        num_classes=num_classes,
        img_size=32,
        patch_size=8,
        embed_dim=24,
        depth=2,
        num_heads=2,
    )


@torch.no_grad()
def logits(model: nn.Module) -> Tensor:
    return model.eval()(torch.ones(2, 3, 32, 32))


@pytest.fixture
def adapted() -> Adapted:
    found = medpeft_sdk.adapt(network(), "lora", seed=0, rank=2)
    for parameter in found.trainable_parameters():
        nn.init.normal_(parameter, std=0.3)
    return found


@pytest.fixture
def folder(adapted: Adapted, tmp_path: Path) -> Path:
    adapted.save(tmp_path / "adapter")
    return tmp_path / "adapter"


def test_it_computes_the_same_elsewhere(adapted: Adapted, folder: Path) -> None:
    loaded = medpeft_sdk.load_adapter(network(), folder)
    assert torch.equal(logits(loaded.model), logits(adapted.model))
    assert loaded.hyperparameters == adapted.hyperparameters
    assert loaded.parameter_report() == adapted.parameter_report()


def test_the_folder_says_what_it_holds(adapted: Adapted, folder: Path) -> None:
    spec = AdapterSpec.from_json((folder / "adapter.json").read_text(), where="here")
    assert (spec.method, spec.hyperparameters["rank"]) == ("lora", 2)
    assert spec.origin is not None and spec.origin.distribution == "medpeft-sdk"
    stored = sum(t.numel() for t in load_file(folder / spec.file).values())
    assert stored == spec.parameters.stored == adapted.parameter_report().stored
    card = (folder / "README.md").read_text()
    assert "load_adapter" in card and f"{spec.parameters.trainable:,}" in card
    assert card.startswith("---\nlibrary_name: medpeft-sdk\n")


@pytest.mark.parametrize("trained", [True, False])
def test_a_card_names_the_pretrained_weights_of_a_network_that_has_some(
    trained: bool, tmp_path: Path
) -> None:
    model = network()
    assert model.pretrained_cfg["tag"]
    if trained:
        nn.init.uniform_(model.get_submodule("norm").weight)
    medpeft_sdk.adapt(model, "bitfit").save(tmp_path / "adapter")
    card = (tmp_path / "adapter" / "README.md").read_text()
    assert ("base_model: timm/" in card) == trained
    assert ("pretrained=True" in card) == trained


def test_saving_again_replaces(adapted: Adapted, folder: Path) -> None:
    nn.init.zeros_(adapted.head[0])
    adapted.save(folder)
    assert torch.equal(
        logits(medpeft_sdk.load_adapter(network(), folder).model), logits(adapted.model)
    )
    assert [p.name for p in folder.parent.iterdir()] == ["adapter"]


def test_nothing_else_is_overwritten(adapted: Adapted, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(StoreError, match="over something else"):
        adapted.save(tmp_path)
    with pytest.raises(StoreError, match="over something else"):
        adapted.save(tmp_path / "thesis.tex")
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_that_cannot_be_written(adapted: Adapted, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        adapted.save(tmp_path / "file" / "adapter")


def edited(**changes: object) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        file = folder / "adapter.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return edit


def truncated(folder: Path) -> None:
    file = folder / "adapter.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def renamed(folder: Path) -> None:
    (folder / "adapter.safetensors").rename(folder / "weights.safetensors")


def without_description(folder: Path) -> None:
    (folder / "adapter.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "kind", "said"),
    [
        (truncated, WeightsError, "has the SHA-256 digest"),
        (renamed, WeightsError, "tensors are missing"),
        (without_description, WeightsError, "no adapter can be read"),
        (edited(file="adapter.pkl"), SpecError, "may hold code"),
        (edited(file="../adapter.safetensors"), SpecError, "file"),
        (edited(hyperparameters={"rank": 999}), SpecError, "rank = 999"),
        (edited(method="nosuch"), UnknownNameError, "no method is called 'nosuch'"),
        (edited(format=2), SpecError, "format"),
    ],
)
def test_a_spoilt_folder_gives_one_message(
    folder: Path, spoil: Callable[[Path], None], kind: type[MedpeftError], said: str
) -> None:
    spoil(folder)
    with pytest.raises(kind, match=said) as raised:
        medpeft_sdk.load_adapter(network(), folder)
    assert raised.value.expected


def test_a_method_that_is_not_installed_names_its_plugin(folder: Path) -> None:
    edited(
        method="theirs",
        origin={"kind": "method", "name": "theirs", "distribution": "medpeft-x", "version": "1"},
    )(folder)
    with pytest.raises(UnknownNameError) as raised:
        medpeft_sdk.load_adapter(network(), folder)
    assert raised.value.mend == "pip install medpeft-x"


def test_another_architecture(folder: Path) -> None:
    with pytest.raises(WeightsError, match=r"is of vit_tiny.*the network is resnet18"):
        medpeft_sdk.load_adapter(timm.create_model("resnet18", num_classes=3), folder)


def test_another_input_size(folder: Path) -> None:
    other = timm.create_model("vit_tiny_patch16_224", num_classes=3, img_size=64)
    with pytest.raises(WeightsError, match="built in another way") as raised:
        medpeft_sdk.load_adapter(other, folder)
    assert "img_size" in str(raised.value.mend)


def test_another_number_of_classes(folder: Path) -> None:
    other = network(num_classes=7)
    with pytest.raises(WeightsError, match=r"has shape \(3, 24\) for 'head.weight'"):
        medpeft_sdk.load_adapter(other, folder)
    medpeft_sdk.adapt(other, "lora")  # It is as it was.


def test_other_pretrained_weights(folder: Path) -> None:
    other = network()
    nn.init.normal_(other.blocks[1].mlp.fc1.weight)
    with pytest.raises(WeightsError, match="trained on other weights"):
        medpeft_sdk.load_adapter(other, folder)
    # In another precision, weights that are the same can't be told from others.
    medpeft_sdk.load_adapter(network().bfloat16(), folder)


def test_a_network_that_is_adapted_already(adapted: Adapted, folder: Path) -> None:
    with pytest.raises(UnsupportedError, match="lora has adapted it already"):
        medpeft_sdk.load_adapter(adapted.model, folder)


def test_what_was_unfrozen_by_hand_is_not_left_out_in_silence(
    adapted: Adapted, tmp_path: Path
) -> None:
    adapted.model.requires_grad_(True)
    with pytest.raises(StoreError, match="that lora does not train"):
        adapted.save(tmp_path / "adapter")
    assert not list(tmp_path.iterdir())


class TestAdapting:
    @pytest.mark.parametrize(
        ("method", "values"), [("lora", {"rank": 64}), ("compacter", {"divisions": 5})]
    )
    def test_a_refusal_leaves_the_network_as_it_was(self, method: str, values: Any) -> None:
        model = network()
        before = [(name, type(module)) for name, module in model.named_modules()]
        with pytest.raises(UnsupportedError):
            medpeft_sdk.adapt(model, method, **values)
        assert [(name, type(module)) for name, module in model.named_modules()] == before
        assert all(p.requires_grad for p in model.parameters())
        medpeft_sdk.adapt(model, method)

    @pytest.mark.parametrize(
        ("wrap", "inner"), [(nn.DataParallel, "module"), (torch.compile, "_orig_mod")]
    )
    def test_a_wrapped_network(self, wrap: Callable[[nn.Module], Any], inner: str) -> None:
        with pytest.raises(UnsupportedError, match="inside of a") as raised:
            medpeft_sdk.adapt(wrap(network()), "lora")
        assert f"adapt model.{inner}" in str(raised.value.mend)

    @pytest.mark.parametrize("given", ["resnet18", None])
    def test_what_is_no_network(self, given: Any) -> None:
        with pytest.raises(UnsupportedError, match="cannot adapt a"):
            medpeft_sdk.adapt(given, "lora")

    @pytest.mark.parametrize(("method", "seed"), [(None, 0), (nn.Linear, 0), ("lora", "x")])
    def test_what_is_no_name_or_seed(self, method: Any, seed: Any) -> None:
        with pytest.raises(SpecError, match="is not allowed"):
            medpeft_sdk.adapt(network(), method, seed=seed)

    @pytest.mark.parametrize("training", [True, False])
    def test_what_is_added_is_in_the_networks_mode(self, training: bool) -> None:
        adapted = medpeft_sdk.adapt(network().train(training), "lora", dropout=0.5)
        assert {m.training for m in adapted.model.modules()} == {training}

    def test_twice(self, adapted: Adapted) -> None:
        for model in (adapted.model, copy.deepcopy(adapted.model)):
            with pytest.raises(UnsupportedError, match="lora has adapted it already"):
                medpeft_sdk.adapt(model, "bitfit")

    def test_again_after_merging(self, adapted: Adapted) -> None:
        merged = adapted.merge()
        assert torch.allclose(logits(merged), logits(adapted.model), atol=1e-5)
        medpeft_sdk.adapt(merged, "bitfit")

    def test_a_network_without_a_classifier(self) -> None:
        with pytest.raises(UnsupportedError, match="has no classifier"):
            medpeft_sdk.adapt(network(num_classes=0), "lora")

    def test_an_unknown_method(self) -> None:
        with pytest.raises(UnknownNameError, match="no method is called 'lorra'"):
            medpeft_sdk.adapt(network(), "lorra")

    def test_merging_leaves_what_was_adapted(self, adapted: Adapted) -> None:
        before = logits(adapted.model)
        names = set(adapted.model.state_dict())
        merged = adapted.merge()
        assert set(merged.state_dict()) == set(network().state_dict())
        assert [type(m) for m in merged.modules()] == [type(m) for m in network().modules()]
        assert torch.equal(logits(adapted.model), before)
        assert set(adapted.model.state_dict()) == names
