"""The built-in backbones: three small ones that ship with the package, and all of timm."""

from __future__ import annotations

from medpeft_sdk.registry import Registrar, hookimpl
from medpeft_sdk.specs import BackboneSpec, Family, Weights


def _embedded(name: str, title: str, family: Family, shape: str, sha256: str) -> BackboneSpec:
    return BackboneSpec(
        name=f"embedded/{name}",
        title=f"{title}, pretrained on generated shapes and textures",
        family=family,
        library="timm",
        architecture=name,
        image_size=64,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        weights=Weights(source="package", location=f"{name}.safetensors", sha256=sha256),
        licence="Apache-2.0",
        description=f"{shape}. It has seen no natural image: its model card says what it was "
        "pretrained on, and the script beside it does so again.",
    )


VIT_1M = _embedded(
    "vit_1m",
    "ViT, 1 M parameters",
    "transformer",
    "Patch size 8, width 128, depth 6",
    "61db31596cba9225b4f2eee4889b42e0c4c8eb0daa989cd7d7d00314a1fe2c53",
)
VIT_2M = _embedded(
    "vit_2m",
    "ViT, 2 M parameters",
    "transformer",
    "Patch size 8, width 160, depth 8",
    "4950c369e775342518478772355e1138025e28a6c1454e3045614e4d1b511a01",
)
RESNET_1M = _embedded(
    "resnet_1m",
    "ResNet, 1.2 M parameters",
    "cnn",
    "Four stages of one basic block, widths 32 to 256",
    "538a3b034b1865cb1309104335d81bb6241e9b1bc81e7d348eda3bf174582765",
)


@hookimpl
def medpeft_register_backbones(register: Registrar[BackboneSpec]) -> None:
    """Registers the built-in backbones."""
    for spec in (VIT_1M, VIT_2M, RESNET_1M):
        register(spec, "medpeft_plugins.backbones.embedded_backbone:EmbeddedBackbone")
    register.namespace(
        "timm/",
        resolver="medpeft_plugins.backbones.timm_names:resolve",
        address="medpeft_plugins.backbones.timm_backbone:TimmBackbone",
        description="every model of timm, as timm/<architecture>[.<tag>][@<revision of the Hub>]",
        example="timm/resnet50.a1_in1k",
    )
