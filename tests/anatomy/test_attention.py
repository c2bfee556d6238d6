"""Projections, checked against what the network's own forward does with their channels."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn

from medpeft_sdk.anatomy import AttentionSite, Projection, channel_dim, find_sites, is_batchnorm

# One small network of each layout: fused in turn, fused head by head with equal widths and with
# narrower keys, query beside a fused key and value, fused query and key, all apart, shared by
# heads, of a global query, and as 1x1 convolutions.
LAYOUTS = {
    "vit_tiny_patch16_224": {"depth": 1},
    "coatnet_pico_rw_224": {},
    "maxvit_pico_rw_256": {},
    "levit_128s": {},
    "levit_conv_128s": {},
    "efficientformer_l1": {},
    "tiny_vit_5m_224": {},
    "pvt_v2_b0": {},
    "convit_tiny": {"depth": 1},
    "cait_xxs24_224": {"depth": 1},
    "mobilenetv4_hybrid_medium": {},
    "gcvit_xxtiny": {},
    "visformer_tiny": {},
    "nextvit_small": {},
}
Change = Callable[[Tensor], Tensor]


class Probe:
    """A network with random weights, and what its attentions return when channels are changed."""

    def __init__(self, architecture: str, **arguments: Any) -> None:
        torch.manual_seed(0)
        self.model: Any = timm.create_model(architecture, num_classes=3, **arguments).eval()
        for module in self.model.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
            elif is_batchnorm(module):
                # Statistics of the batch keep the features of deep networks from vanishing.
                module.train()
                nn.init.normal_(module.weight, 1.0, 0.1)
        size = self.model.pretrained_cfg["input_size"]
        self.images = torch.randn(2, 2, *size).unbind()

    @torch.inference_mode()
    def output(
        self,
        site: AttentionSite,
        image: int = 0,
        part: Projection | None = None,
        change: Change = abs,
    ) -> Tensor:
        outputs: list[Tensor] = []
        handles = [site.module.register_forward_hook(lambda _m, _i, y: outputs.append(y))]
        if part is not None:
            layer, channels = part.module, part.channels

            def alter(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
                features = output.movedim(channel_dim(layer), -1).clone()
                index = list(range(features.shape[-1]) if channels is None else channels)
                features[..., index] = change(features[..., index])
                return features.movedim(-1, channel_dim(layer))

            handles.append(layer.register_forward_hook(alter))
        self.model(self.images[image])
        for handle in handles:
            handle.remove()
        return outputs[0]


def shift(features: Tensor) -> Tensor:
    """Adds the same vector at every place."""
    return features + torch.randn(features.shape[-1], generator=torch.Generator().manual_seed(1))


def close(a: Tensor, b: Tensor, scale: Tensor) -> bool:
    return bool((a - b).abs().max() < 1e-4 * scale.abs().max())


@pytest.mark.parametrize("architecture", LAYOUTS)
def test_channels_are_the_ones_that_the_forward_uses(architecture: str) -> None:
    probe = Probe(architecture, **LAYOUTS[architecture])
    kinds = {type(site.module): site for site in reversed(find_sites(probe.model).attention)}
    for site in kinds.values():
        # Here they would take away what is added.
        site.module.eval()
        assert site.key is not None and site.value is not None and site.output is not None
        normal = probe.output(site)
        assert not close(normal, probe.output(site, image=1), normal)
        # Without values an attention returns the same for all images.
        zeroed = [probe.output(site, image, site.value, torch.zeros_like) for image in (0, 1)]
        assert close(*zeroed, normal)
        # A vector added to all keys adds the same to all scores of a query, which softmax
        # ignores; one that is added to all queries counts.
        assert close(normal, probe.output(site, 0, site.key, shift), normal)
        if site.query is not None:
            assert not close(normal, probe.output(site, 0, site.query, shift), normal)


def test_heads_interleave_the_channels_of_a_head_first_layer() -> None:
    with torch.device("meta"):
        sites = find_sites(timm.create_model("levit_128s", num_classes=3))
    site = sites.attention[0]
    assert site.query and site.key and site.value and site.output
    # Four heads of 16 query, 16 key and 32 value channels each.
    heads = [range(64 * head, 64 * (head + 1)) for head in range(4)]
    assert flat(site.query) == [c for head in heads for c in head[:16]]
    assert flat(site.key) == [c for head in heads for c in head[16:32]]
    assert flat(site.value) == [c for head in heads for c in head[32:]]
    assert site.query.path == "stages.0.blocks.0.attn.qkv.linear"
    assert site.output.path == "stages.0.blocks.0.attn.proj.ln.linear"


def test_a_layout_that_does_not_add_up_gives_no_projections() -> None:
    with torch.device("meta"):
        sites = find_sites(timm.create_model("botnet26t_256", num_classes=3))
    assert [site.inputs for site in sites.attention] == [()] * 3


def test_gates_are_no_attention() -> None:
    with torch.device("meta"):
        for architecture in ("seresnet18", "skresnet18", "resnest14d", "ecaresnet26t"):
            assert find_sites(timm.create_model(architecture)).attention == ()


CALLED = {
    "beit_base_patch16_224": {"depth": 2, "embed_dim": 24, "num_heads": 2},
    "eva02_tiny_patch14_224": {"depth": 2},
    "swinv2_tiny_window8_256": {"depths": (1, 1), "embed_dim": 12, "num_heads": (1, 2)},
    "eva_large_patch14_196": {"depth": 2, "embed_dim": 24, "num_heads": 2},
    "vit_tiny_patch16_224": {"depth": 2},
    "swin_tiny_patch4_window7_224": {
        "depths": (1, 1),
        "embed_dim": 12,
        "num_heads": (1, 2),
    },
    "levit_128s": {},
    "resnet18": {},
}


@pytest.mark.parametrize("architecture", CALLED)
def test_a_layer_is_called_if_its_hooks_run(architecture: str) -> None:
    model = timm.create_model(architecture, num_classes=3, **CALLED[architecture]).eval()
    sites = find_sites(model)
    assert called(sites.linears) == hooked(model, sites.linears)
    assert called(sites.convs) == hooked(model, sites.convs)
    assert called(sites.norms) == hooked(model, sites.norms)
    assert {site.path for a in sites.attention for site in a.inputs if not site.called} == {
        site.path for site in sites.linears if not site.called
    }


def test_which_networks_read_weights_without_a_call() -> None:
    uncalled = {}
    with torch.device("meta"):
        for architecture, arguments in CALLED.items():
            sites = find_sites(timm.create_model(architecture, **arguments))
            uncalled[architecture] = sum(not site.called for site in sites.linears)
    assert [name for name, count in uncalled.items() if count] == list(CALLED)[:3]


def test_pytorchs_own_attention_reads_the_weight_of_its_output_projection() -> None:
    network = nn.Sequential(nn.Linear(3, 8), nn.TransformerEncoderLayer(8, 2), nn.Linear(8, 2))
    sites = find_sites(network)
    (site,) = sites.attention
    assert site.query is site.key is site.value is None
    assert site.output is not None and site.output.path == "1.self_attn.out_proj"
    assert not site.output.called
    assert [s.path for s in sites.linears if not s.called] == ["1.self_attn.out_proj"]


def flat(projection: Projection) -> list[int]:
    assert projection.channels is not None
    return list(projection.channels)


def called(sites: Sequence[Any]) -> set[str]:
    return {site.path for site in sites if site.called}


def hooked(model: Any, sites: Sequence[Any]) -> set[str]:
    """The paths of those sites whose forward hooks run."""
    paths: set[str] = set()
    handles = [
        site.module.register_forward_hook(lambda *_, path=site.path: paths.add(path))
        for site in sites
    ]
    with torch.inference_mode():
        model(torch.zeros(1, *model.pretrained_cfg["input_size"]))
    for handle in handles:
        handle.remove()
    return paths
