"""Ladder side-tuning against its formula."""

import copy
from collections.abc import Callable

import pytest
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_plugins.methods.sidetune.ladder import Ladder
from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.anatomy import find_sites
from medpeft_sdk.errors import UnsupportedError

Load = Callable[[str], Method]


def noted(model: nn.Module, paths: list[str], images: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Returns what parts of a network take in and give out."""
    taken: dict[str, Tensor] = {}
    given: dict[str, Tensor] = {}

    def note(path: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def hook(module: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> None:
            taken[path], given[path] = arguments[0], output

        return hook

    for path in paths:
        model.get_submodule(path).register_forward_hook(note(path))
    model.eval()(images)
    return [taken[path] for path in paths], [given[path] for path in paths]


def pooled(features: Tensor, *, channels_last: bool) -> Tensor:
    return features.flatten(1, -2).mean(1) if channels_last else features.flatten(2).mean(2)


def test_the_classifier_reads_what_the_formula_says(
    network: nn.Module, images: Tensor, method: Load
) -> None:
    sites = find_sites(network)
    plain = copy.deepcopy(network)
    adapted = adapt(network, method("sidetune"), {"width": 5}, seed=0)
    (ladder,) = (m for m in adapted.model.modules() if isinstance(m, Ladder))
    for parameter in ladder.parameters():
        nn.init.normal_(parameter, std=0.3)
    blocks, head = [site.path for site in sites.blocks], sites.head[0].path
    (*_, features), outputs = noted(plain, [*blocks, head], images)
    (actual,), _ = noted(adapted.model, [head], images)

    state = torch.zeros(len(images), 5)
    for i, output in enumerate(outputs[:-1]):
        read = pooled(output, channels_last=len(sites.attention) > 0)
        read = (read - read.mean(-1, keepdim=True)) / (
            read.var(-1, keepdim=True, unbiased=False) + 1e-5
        ).sqrt()
        share = 1 / (1 + torch.exp(-ladder.gates[i] / 0.1))
        mixed = share * ladder.down[i](read) + (1 - share) * state
        state = mixed + ladder.layers[i](F.gelu(ladder.norms[i](mixed)))
    expected = features + ladder.up(ladder.end(state))
    torch.testing.assert_close(actual, expected, atol=1e-4, rtol=1e-4)


def test_no_gradient_enters_the_backbone(network: nn.Module, images: Tensor, method: Load) -> None:
    blocks = [site.path for site in find_sites(network).blocks]
    adapted = adapt(network, method("sidetune"), {}, seed=0)
    _, outputs = noted(adapted.model, blocks, images)
    assert not any(output.requires_grad for output in outputs)


@pytest.mark.parametrize("architecture", ["levit_128s", "deit_tiny_distilled_patch16_224"])
def test_classifiers_of_several_layers_and_several_classifiers(
    architecture: str, method: Load
) -> None:
    model = timm.create_model(architecture, num_classes=3)
    images = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    adapted = adapt(model, method("sidetune"), {}, seed=0)
    before = adapted.model.eval()(images)
    (ladder,) = (m for m in adapted.model.modules() if isinstance(m, Ladder))
    nn.init.normal_(ladder.up.weight)
    assert not torch.allclose(adapted.model(images), before)


def test_images_that_a_block_takes_apart_are_put_together(method: Load) -> None:
    model = timm.create_model("mobilevit_xxs", num_classes=3)
    adapted = adapt(model, method("sidetune"), {}, seed=0)
    (ladder,) = (m for m in adapted.model.modules() if isinstance(m, Ladder))
    nn.init.normal_(ladder.up.weight)
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    together, apart = (
        adapted.model.eval()(images),
        torch.cat([adapted.model(image[None]) for image in images]),
    )
    torch.testing.assert_close(together, apart, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("architecture", "widths", "output", "head"),
    [
        ("vit_base_patch16_224", 12 * (768,), 768, 5_383),
        ("resnet50", (*3 * (256,), *4 * (512,), *6 * (1024,), *3 * (2048,)), 2048, 14_343),
    ],
)
def test_parameters(
    architecture: str, widths: tuple[int, ...], output: int, head: int, method: Load
) -> None:
    with torch.device("meta"):
        model = timm.create_model(architecture, num_classes=7)
        counts = adapt(model, method("sidetune"), {}).parameter_report()
    rungs = sum((width * 64 + 64) + 1 + 2 * 64 + (64 * 64 + 64) for width in widths)
    assert counts.added == rungs + 2 * 64 + (64 * output + output)
    assert counts.head == head


def test_blocks_that_give_out_several_tensors_are_refused(method: Load) -> None:
    with torch.device("meta"):
        adapted = adapt(timm.create_model("selecsls42", num_classes=2), method("sidetune"), {})
        with pytest.raises(UnsupportedError, match="several tensors"):
            adapted.model(torch.zeros(2, 3, 64, 64))
