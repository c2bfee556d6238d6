"""A small network and a short recipe."""

from __future__ import annotations

from typing import Any

import timm
import torch

from medpeft_sdk.adaptation import Adapted, adapt
from medpeft_sdk.data import ImageSource
from medpeft_sdk.registry import load_registry
from medpeft_sdk.specs import Recipe
from medpeft_sdk.training import Precision, Trained, finish, train_classifier

CPU = Precision(torch.device("cpu"), torch.float32)


def adapted_network(method: str = "full", seed: int = 0) -> Adapted:
    torch.manual_seed(seed)
    network = timm.create_model(
        "vit_tiny_patch16_224",
        img_size=16,
        patch_size=8,
        embed_dim=16,
        depth=1,
        num_heads=2,
        num_classes=2,
    )
    entry = load_registry().methods.get(method)
    return adapt(network, entry.load()(entry.spec), {}, seed=seed)


def recipe(**changes: Any) -> Recipe:
    fields = {"learning_rate": 3e-3, "epochs": 1, "min_steps": 30, "batch_size": 8}
    return Recipe.model_validate(fields | {"validations": 3} | changes)


def train_on(
    train: ImageSource,
    validation: ImageSource,
    adapted: Adapted,
    settings: Recipe,
    score: Any,
    seed: int = 0,
) -> Trained:
    return finish(
        train_classifier(
            adapted, train, validation, recipe=settings, precision=CPU, seed=seed, score=score
        )
    )
