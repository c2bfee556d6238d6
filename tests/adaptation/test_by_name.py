"""Backbones and methods by name, and what methods would train."""

import pytest
import torch

import medpeft_sdk
from medpeft_sdk.errors import SpecError, UnknownNameError, UnsupportedError


def test_a_backbone_by_its_name() -> None:
    model = medpeft_sdk.load_backbone("embedded/vit_1m", num_classes=5)
    assert model(torch.zeros(2, 3, 64, 64)).shape == (2, 5)
    small = medpeft_sdk.load_backbone("embedded/vit_1m", num_classes=5, image_size=32)
    assert small(torch.zeros(2, 3, 32, 32)).shape == (2, 5)


def test_the_benchmarks_count_without_weights() -> None:
    counts = medpeft_sdk.count_parameters("lora", "timm/vit_base_patch16_224", num_classes=7)
    assert (counts.trainable, counts.added, counts.head) == (300_295, 294_912, 5_383)
    wider = medpeft_sdk.count_parameters(
        "lora", "timm/vit_base_patch16_224", num_classes=7, rank=16
    )
    assert wider.added == 2 * counts.added


def test_names_and_values_are_checked() -> None:
    with pytest.raises(UnknownNameError, match="no backbone is called"):
        medpeft_sdk.load_backbone("embedded/vit_3m", num_classes=2)
    with pytest.raises(UnknownNameError, match="no method is called"):
        medpeft_sdk.count_parameters("lorra", "embedded/vit_1m", num_classes=2)
    with pytest.raises(SpecError, match="rank = 0"):
        medpeft_sdk.count_parameters("lora", "embedded/vit_1m", num_classes=2, rank=0)
    with pytest.raises(UnsupportedError, match="mixer_s32_224 is an mlp"):
        medpeft_sdk.count_parameters("lora", "timm/mixer_s32_224", num_classes=2)


@pytest.mark.parametrize("classes", [0, -1])
def test_a_backbone_without_classes(classes: int) -> None:
    with pytest.raises(SpecError, match="num_classes"):
        medpeft_sdk.load_backbone("embedded/vit_1m", num_classes=classes)


def test_the_public_names_are_listed() -> None:
    assert {"adapt", "evaluate", "load_adapter"} <= set(dir(medpeft_sdk))
