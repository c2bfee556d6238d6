"""What is noted of a network before a method changes it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from medpeft_sdk.anatomy import Sites, family_of
from medpeft_sdk.specs import Family

_MARK = "_medpeft_method"


@dataclass(frozen=True)
class Network:
    """A pretrained network, by its outside.

    Attributes:
        architecture: Its name where the library notes one, its class otherwise.
        pretrained: Its tag at its library, where that is known and it looks trained.
        family: What its blocks are made of.
        fingerprint: SHA-256 digest of the names and shapes of its parameters, head left out.
    """

    architecture: str
    pretrained: str | None
    family: Family
    fingerprint: str


def describe_network(model: nn.Module, sites: Sites) -> Network:
    """Describes a network that no method has touched."""
    architecture, tag = architecture_of(model), _configuration(model).get("tag")
    heads = tuple(f"{site.path}." for site in sites.head)
    shapes = {
        name: tuple(parameter.shape)
        for name, parameter in model.named_parameters()
        if not name.startswith(heads)
    }
    return Network(
        architecture=architecture,
        pretrained=f"timm/{architecture}.{tag}" if tag and _looks_trained(sites) else None,
        family=family_of(sites),
        fingerprint=hashlib.sha256(json.dumps(shapes, sort_keys=True).encode()).hexdigest(),
    )


def architecture_of(model: nn.Module) -> str:
    """Returns a network's name where the library notes one, its class otherwise."""
    return _configuration(model).get("architecture") or type(model).__name__


def mark(model: nn.Module, method: str) -> None:
    """Notes on an adapted network which method it was."""
    setattr(model, _MARK, method)


def unmark(model: nn.Module) -> None:
    """Takes the note from a network that was merged."""
    for module in model.modules():
        module.__dict__.pop(_MARK, None)


def adapted_by(model: nn.Module) -> str | None:
    """Returns the method that adapted a network, or a part of it; ``None`` for none."""
    return next((getattr(m, _MARK) for m in model.modules() if hasattr(m, _MARK)), None)


def _looks_trained(sites: Sites) -> bool:
    """Tells whether gains of norms were moved: a network has its tag whatever weights it has."""
    gains = [getattr(site.module, "weight", None) for site in sites.norms]
    known = [gain for gain in gains if gain is not None and not gain.is_meta]
    return not known or any(bool((gain != gain[0]).any()) for gain in known)


def _configuration(model: nn.Module) -> Mapping[str, Any]:
    configuration = getattr(model, "pretrained_cfg", None)
    return configuration if isinstance(configuration, Mapping) else {}
