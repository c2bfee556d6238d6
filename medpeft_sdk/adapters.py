"""Backbones and methods by name, for people with a training loop of their own."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from medpeft_sdk import adaptation
from medpeft_sdk.adaptation import Adapted, load_onto, read_description
from medpeft_sdk.anatomy import BackboneBuilder, hash_file
from medpeft_sdk.errors import SpecError, UnknownNameError
from medpeft_sdk.registry import load_registry
from medpeft_sdk.specs import BackboneSpec, ParameterCounts, Scalar, Weights


def adapt(
    model: nn.Module, method: str, *, seed: int | None = None, **hyperparameters: Scalar
) -> Adapted:
    """Makes a pretrained network trainable by a method.

    Train ``adapted.model`` with any loop: its parameters that require gradients are the method's
    and the classifier's. Frozen batch norms keep their statistics, and stay in evaluation mode
    whatever mode the network is put in.

    Args:
        model: A network of timm, or one that is built alike; changed in place, and owned by the
            result from here on.
        method: Name of a built-in method or of an installed plugin's.
        seed: Of the random numbers that initialise what is added; ``None`` draws from PyTorch's
            global generator.
        **hyperparameters: Values that differ from the method's defaults.

    Raises:
        UnknownNameError: No method is called so.
        UnsupportedError: The network lacks what the method needs, has no classifier, or was adapted
            before; or a hyperparameter cannot fit it.
        SpecError: A hyperparameter is not declared, or its value is not allowed.
    """
    if not isinstance(method, str) or not isinstance(seed, int | None):
        wrong = f"seed = {seed!r}" if isinstance(method, str) else f"method = {method!r}"
        raise SpecError(
            f"{wrong} is not allowed",
            where="adapt(model, method, seed=…)",
            expected="the name of a method, such as 'lora', and an integer or None as seed",
        )
    entry = load_registry().methods.get(method)
    implementation: adaptation.Method = entry.load()(entry.spec)
    return adaptation.adapt(model, implementation, hyperparameters, seed=seed, origin=entry.origin)


def load_adapter(model: nn.Module, directory: str | Path) -> Adapted:
    """Adapts a pretrained network as a saved adapter was, and gives it what that one learnt.

    Args:
        model: The network that the adapter was trained on, with its pretrained weights and as many
            classes; changed in place.
        directory: What ``adapted.save(directory)`` wrote.

    Raises:
        WeightsError: The folder holds no adapter, or one that is altered or of another network.
        UnknownNameError: The adapter's method is not installed.
    """
    spec = read_description(directory)
    try:
        entry = load_registry().methods.get(spec.method)
    except UnknownNameError as error:
        if spec.origin is not None:
            error.mend = f"pip install {spec.origin.distribution}"
        raise
    return load_onto(model, entry.load()(entry.spec), spec, directory)


def load_backbone(
    name: str,
    *,
    num_classes: int,
    image_size: int | None = None,
    weights: str | Path | None = None,
    pretrained: bool = True,
) -> nn.Module:
    """Builds a backbone by its name, as cells do, with a fresh classifier.

    Args:
        name: Such as ``timm/resnet50.a1_in1k`` or ``embedded/vit_1m``.
        num_classes: Outputs of the classifier.
        image_size: Side of the square input, pixels; ``None`` for the backbone's own.
        weights: A local file, in place of the pretrained weights that the name stands for.
        pretrained: Whether to load weights at all.

    Raises:
        UnknownNameError: No backbone is called so.
        WeightsError: The weights are missing, altered or do not fit.
        UnsupportedError: The architecture cannot take this image size.
        SpecError: There are no classes.
    """
    if num_classes < 1:
        raise SpecError(
            f"num_classes = {num_classes} is not allowed",
            where=f"load_backbone('{name}')",
            expected="1 at least: an output of the classifier for each class",
        )
    entry = load_registry().backbones.get(name)
    spec: BackboneSpec = entry.spec
    if weights is not None:
        file = Weights(source="file", location=str(weights), sha256=hash_file(weights))
        spec = spec.model_copy(update={"weights": file})
    builder: BackboneBuilder = entry.load()(spec)
    return builder.build(
        num_classes=num_classes, image_size=image_size or spec.image_size, pretrained=pretrained
    )


def count_parameters(
    method: str, backbone: str, *, num_classes: int, **hyperparameters: Scalar
) -> ParameterCounts:
    """Counts what a method would train on a backbone, without weights and without memory for them.

    Args:
        method: Name of a method.
        backbone: Name of a backbone.
        num_classes: Outputs of the classifier.
        **hyperparameters: Values that differ from the method's defaults.

    Raises:
        UnknownNameError: No method or backbone is called so.
        UnsupportedError: The method cannot act on the backbone.
        SpecError: A hyperparameter is not declared, or its value is not allowed.
    """
    with torch.device("meta"):
        model = load_backbone(backbone, num_classes=num_classes, pretrained=False)
        return adapt(model, method, seed=None, **hyperparameters).parameter_report()
