"""Convpass against its formula."""

from collections.abc import Callable

import pytest
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from medpeft_plugins.methods.convpass.bypass import Bypass
from medpeft_sdk.adaptation import Method, adapt
from medpeft_sdk.errors import UnsupportedError

Load = Callable[[str], Method]


def bypass(first: nn.Linear | nn.Conv2d, *, class_tokens: int = 0) -> Bypass:
    torch.manual_seed(0)
    made = Bypass(
        first,
        first,
        bottleneck=3,
        class_tokens=class_tokens,
        patches=16,
        scale=0.5,
        dropout=0.1,
    ).eval()
    for parameter in made.parameters():
        nn.init.normal_(parameter)
    return made


def by_hand(made: Bypass, image: Tensor) -> Tensor:
    """The formula for an image of shape (height, width, channels), pixel by pixel."""

    def bend(x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)

    height, width, _ = image.shape
    hidden = F.pad(bend(made.down(image)), (0, 0, 1, 1, 1, 1))
    rows: list[Tensor] = []
    for y in range(height):
        for x in range(width):
            window = hidden[y : y + 3, x : x + 3]
            rows.append(torch.einsum("oiyx,yxi->o", made.conv.weight, window))
    convolved = torch.stack(rows).view(height, width, -1) + made.conv.bias
    return 0.5 * made.up(bend(convolved))


@pytest.mark.parametrize(("class_tokens", "prefix"), [(0, 0), (1, 1), (2, 2), (2, 0)])
def test_tokens_before_the_patches_are_convolved_alone(class_tokens: int, prefix: int) -> None:
    made = bypass(nn.Linear(5, 5), class_tokens=class_tokens)
    tokens = torch.randn(1, prefix + 16, 5)
    added = made.after(tokens, torch.zeros_like(tokens))[0]
    for i in range(prefix):
        torch.testing.assert_close(added[i], by_hand(made, tokens[0, i].view(1, 1, 5))[0, 0])
    expected = by_hand(made, tokens[0, prefix:].view(4, 4, 5))
    torch.testing.assert_close(added[prefix:], expected.flatten(0, 1))


@pytest.mark.parametrize("first", [nn.Linear(5, 5), nn.Conv2d(5, 5, 1)])
def test_maps_are_convolved_in_the_layout_of_their_layers(first: nn.Linear | nn.Conv2d) -> None:
    made = bypass(first)
    image = torch.randn(3, 6, 5)
    dim = 0 if isinstance(first, nn.Conv2d) else -1
    features = image.movedim(-1, dim)[None]
    added = made.after(features, torch.zeros_like(features))[0]
    torch.testing.assert_close(added.movedim(dim, -1), by_hand(made, image))


def test_it_stands_beside_every_part(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("deit_tiny_distilled_patch16_224", num_classes=3)
        adapt(model, method("convpass"), {})
    hosts = {m.host for m in model.modules() if isinstance(m, Bypass)}
    assert hosts == {f"blocks.{i}.{part}" for i in range(12) for part in ("attn", "mlp")}


def test_an_attention_without_a_layer_behind_its_heads_is_not_enough(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("halonet_h1", num_classes=3)
    with pytest.raises(UnsupportedError, match=r"convpass needs .*has none"):
        adapt(model, method("convpass"), {})


def test_parameters_of_a_vit(method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("vit_base_patch16_224", num_classes=7)
        counts = adapt(model, method("convpass"), {}).parameter_report()
    down, conv, up = 768 * 8 + 8, 8 * 8 * 9 + 8, 8 * 768 + 768
    assert counts.added == 12 * 2 * (down + conv + up)
    assert counts.trainable == counts.added + 5_383


def test_patches_that_make_no_square_are_refused(method: Load) -> None:
    size = {"num_classes": 3, "img_size": (32, 64), "patch_size": 16, "depth": 1}
    model = timm.create_model("vit_tiny_patch16_224", **size)
    with pytest.raises(UnsupportedError, match="cannot tell the grid of 8 patches"):
        adapt(model, method("convpass"), {})


def test_tokens_that_make_no_square_are_refused_in_the_first_pass(method: Load) -> None:
    model = timm.create_model(
        "vit_tiny_patch16_224", num_classes=3, img_size=64, depth=1, patch_drop_rate=0.5
    )
    adapted = adapt(model, method("convpass"), {})
    adapted.train_mode()
    with pytest.raises(UnsupportedError, match=r"cannot tell the grid.*\n.*blocks\.0\.attn"):
        adapted.model(torch.zeros(2, 3, 64, 64))


def test_a_part_that_drops_tokens_is_refused_in_the_first_pass(method: Load) -> None:
    model = timm.create_model(
        "cait_xxs24_224", num_classes=3, img_size=32, depth=1, depth_token_only=1
    )
    adapted = adapt(model, method("convpass"), {})
    with pytest.raises(UnsupportedError, match=r"gives out fewer tokens.*\n.*blocks_token_only"):
        adapted.model(torch.zeros(2, 3, 32, 32))
