"""The built-in backbones: one small transformer that ships with the package, and all of timm."""

from __future__ import annotations

from medpeft_sdk.registry import Registrar, hookimpl
from medpeft_sdk.specs import BackboneSpec, Weights

VIT_1M = BackboneSpec(
    name="embedded/vit_1m",
    title="ViT, 1 M parameters, pretrained on generated shapes and textures",
    family="transformer",
    library="timm",
    architecture="vit_1m",
    image_size=64,
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    weights=Weights(
        source="package",
        location="vit_1m.safetensors",
        sha256="61db31596cba9225b4f2eee4889b42e0c4c8eb0daa989cd7d7d00314a1fe2c53",
    ),
    licence="Apache-2.0",
    description="Patch size 8, width 128, depth 6. It has seen no natural image: its model card "
    "says what it was pretrained on, and the script beside it does so again.",
)


@hookimpl
def medpeft_register_backbones(register: Registrar[BackboneSpec]) -> None:
    """Registers the built-in backbones."""
    register(VIT_1M, "medpeft_plugins.backbones.embedded_backbone:EmbeddedBackbone")
    register.namespace(
        "timm/",
        resolver="medpeft_plugins.backbones.timm_names:resolve",
        address="medpeft_plugins.backbones.timm_backbone:TimmBackbone",
        description="every model of timm, as timm/<architecture>[.<tag>][@<revision of the Hub>]",
        example="timm/resnet50.a1_in1k",
    )
