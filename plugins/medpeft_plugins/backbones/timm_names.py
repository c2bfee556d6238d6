"""From the name of a timm model to its spec."""

from __future__ import annotations

import functools

import timm
import torch
from timm.models import get_arch_pretrained_cfgs, get_pretrained_cfg, is_model

from medpeft_sdk.anatomy import family_of, find_sites
from medpeft_sdk.errors import unknown_name
from medpeft_sdk.specs import BackboneSpec, Family, Weights

PREFIX = "timm/"


@functools.lru_cache(maxsize=256)
def resolve(name: str) -> BackboneSpec:
    """Makes the spec of ``timm/<architecture>[.<tag>][@<revision>]``.

    The default tag is written out in the spec's name, because timm changes its defaults.

    Args:
        name: The whole name; the revision is a commit, branch or tag of the weights' repository
            on the Hugging Face Hub.

    Raises:
        UnknownNameError: timm has no such architecture, or the architecture no such tag.
    """
    model, _, revision = name.removeprefix(PREFIX).partition("@")
    architecture, _, tag = model.partition(".")
    if not is_model(architecture):
        known = (PREFIX + known for known in timm.list_models())
        raise unknown_name(
            "backbone", PREFIX + architecture, known, lister="timm.list_models() in Python"
        )
    tagged = get_arch_pretrained_cfgs(architecture)
    if tag and model not in tagged:
        raise unknown_name("backbone", PREFIX + model, (PREFIX + known for known in tagged))
    configuration = get_pretrained_cfg(model)
    assert configuration is not None, "timm has a configuration for each of its models"
    mean, std = (_three(values) for values in (configuration.mean, configuration.std))
    weights = None
    if configuration.hf_hub_id:
        weights = Weights(source="hub", location=configuration.hf_hub_id, revision=revision or None)
    pinned = f"{architecture}.{configuration.tag}" if configuration.tag else architecture
    return BackboneSpec(
        name=PREFIX + pinned,
        title=pinned,
        family=_family(architecture),
        library="timm",
        architecture=pinned,
        image_size=configuration.input_size[-1],
        mean=mean,
        std=std,
        weights=weights,
        licence=configuration.license or "see the model card on the Hugging Face Hub",
        description=configuration.description or "",
    )


def _family(architecture: str) -> Family:
    """Builds the network without any memory for its weights, and looks at its structure."""
    with torch.device("meta"):
        return family_of(find_sites(timm.create_model(architecture, pretrained=False)))


def _three(values: tuple[float, ...]) -> tuple[float, float, float]:
    red, green, blue = (float(v) for v in (values * 3 if len(values) == 1 else values))
    return red, green, blue
