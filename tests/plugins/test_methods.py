"""The built-in methods together, and the counts of the first ones."""

from collections.abc import Callable

import pytest
import timm
import torch

from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.registry import load_registry

Load = Callable[[str], Method]
SEVENTEEN = {
    *("bitfit", "batchnorm", "layernorm", "attention", "norm_bias", "norm_bias_attention"),
    *("lora", "ssf", "tsa", "svdiff", "difffit", "adapter", "adaptformer"),
    *("vpt_shallow", "vpt_deep", "loha", "lokr"),
}


def test_the_benchmarks_seventeen_are_there_and_say_how_sure_they_are() -> None:
    specs = [entry.spec for entry in load_registry().methods]
    assert {s.name for s in specs if s.provenance} == SEVENTEEN
    assert {s.name for s in specs if s.kind == "baseline"} == {
        "linear",
        "full",
        "scratch",
        "partial",
    }


@pytest.mark.parametrize(
    ("architecture", "name", "trainable"),
    [
        ("resnet50", "linear", 14_343),
        ("resnet50", "full", 23_522_375),
        # All convolutions of the blocks: 649,887 with the stem, which adds 8 (3 * 7 * 7 + 64).
        ("resnet50", "lora", 649_887 - 8 * (3 * 49 + 64)),
        ("vit_base_patch16_224", "linear", 5_383),
        ("vit_base_patch16_224", "full", 85_804_039),
        ("vit_base_patch16_224", "lora", 300_295),
    ],
)
def test_trainable_parameters(architecture: str, name: str, trainable: int, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=7)
        counts = adapt(model, method(name), {}).parameter_report()
    assert counts.trainable == trainable
    assert counts.added == (trainable - counts.head if name == "lora" else 0)


def test_scratch_is_full_fine_tuning_without_pretrained_weights(method: Load) -> None:
    scratch, full = method("scratch"), method("full")
    assert type(scratch) is type(full)
    assert full.spec.pretrained and not scratch.spec.pretrained
