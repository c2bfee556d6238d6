"""Both forms of FacT against their formulas."""

from collections.abc import Callable

import pytest
import timm
import torch
from torch import Tensor, nn

from medpeft_plugins.methods.fact import Factors, Increment
from medpeft_sdk.adaptation import Adapted, Method, adapt
from medpeft_sdk.errors import UnsupportedError

Load = Callable[[str], Method]
FORMS = ["fact_tk", "fact_tt"]
RANK, SCALE, WIDTH = 4, 6.0, 24


def small(depth: int = 2) -> nn.Module:
    return timm.create_model(
        "vit_tiny_patch16_224",
        num_classes=3,
        img_size=32,
        patch_size=8,
        embed_dim=WIDTH,
        depth=depth,
        num_heads=2,
    )


@torch.no_grad()
def adapted(method: Method) -> Adapted:
    """A network whose updates are not zero any more."""
    torch.manual_seed(0)
    found = adapt(small(), method, {"rank": RANK, "scale": SCALE}, seed=0)
    for parameter in found.trainable_parameters():
        nn.init.normal_(parameter, std=0.3)
    found.model.eval()
    return found


def cores(update: Increment, form: str) -> list[Tensor]:
    """Returns the rank x rank core of each of a layer's matrices, written down one by one."""
    core = update.core()
    if form == "fact_tk":
        basis = update.factors.get_parameter("basis")
        mix = update.factors.get_parameter("coefficients")[:, update._matrices]
        made = [sum(basis[:, :, k] * mix[k, i] for k in range(RANK)) for i in range(mix.shape[1])]
        # Column p of matrix i is column p * n + i of all of them together.
        together = torch.stack([m[:, p] for p in range(RANK) for m in made], dim=1)
        torch.testing.assert_close(core if update._taken > 1 else core.T, together)
    return [block for rows in core.split(RANK) for block in rows.split(RANK, dim=1)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("layer", "name", "rows"),
    [
        ("blocks.0.attn.qkv", "fact_query", slice(0, WIDTH)),
        ("blocks.1.attn.qkv", "fact_value", slice(2 * WIDTH, 3 * WIDTH)),
        ("blocks.1.attn.proj", "fact", slice(None)),
        ("blocks.0.mlp.fc1", "fact", slice(None)),
        ("blocks.1.mlp.fc2", "fact", slice(None)),
    ],
)
def test_a_layer_changes_by_its_formula(
    form: str, layer: str, name: str, rows: slice, method: Load
) -> None:
    found = adapted(method(form))
    host = found.model.get_submodule(layer)
    update = host.get_submodule(name)
    assert isinstance(update, Increment)
    down, up = update.factors.down.weight, update.factors.up.weight
    squares = [SCALE * up @ core @ down for core in cores(update, form)]
    change = torch.cat(squares, dim=1 if host.in_features > WIDTH else 0)
    merged = found.merge().get_submodule(layer)
    torch.testing.assert_close(merged.weight[rows], (host.weight[rows] + change).detach())


@pytest.mark.parametrize(
    ("form", "rank", "own"),
    [("fact_tt", 8, 12 * 12 * 8**2), ("fact_tk", 16, 16**3 + 16 * 12 * 12)],
)
def test_parameters_of_a_vit(form: str, rank: int, own: int, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("vit_base_patch16_224", num_classes=7)
        counts = adapt(model, method(form), {}).parameter_report()
    assert counts.added == 2 * 768 * rank + own
    assert counts.trainable == counts.added + 5_383


@pytest.mark.parametrize("form", FORMS)
def test_layers_of_one_width_share_their_factors(form: str, method: Load) -> None:
    with torch.device("meta"):
        model = timm.create_model("swin_tiny_patch4_window7_224", num_classes=7)
        adapt(model, method(form), {"rank": 8})
    shared = {id(m): m for m in model.modules() if isinstance(m, Factors)}
    assert sorted(f.down.in_features for f in shared.values()) == [96, 192, 384, 768]


@pytest.mark.parametrize("form", FORMS)
def test_what_cannot_fit_is_refused(form: str, method: Load) -> None:
    with pytest.raises(UnsupportedError, match="rank 25 is above the width of the tokens"):
        adapt(small(depth=1), method(form), {"rank": 25})


@pytest.mark.parametrize("form", FORMS)
def test_layers_that_are_no_squares_are_left_out(form: str, method: Load) -> None:
    with torch.device("meta"):
        gated = timm.create_model("vit_tiny_patch16_224", num_classes=3, mlp_ratio=8 / 3 + 0.1)
        model = adapt(gated, method(form), {}).model
    updated = {name.partition(".fact")[0] for name, _ in model.named_modules() if ".fact" in name}
    assert {name.rpartition(".")[2] for name in updated} == {"qkv", "proj"}
