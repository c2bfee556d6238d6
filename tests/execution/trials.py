"""Searches and trials that need no training."""

from __future__ import annotations

from typing import Any

from medpeft_sdk.specs import (
    LEARNING_RATE,
    BackboneRef,
    DatasetRef,
    Dimension,
    Environment,
    Look,
    Recipe,
    Scalar,
    SearchSpec,
    Subset,
    TrialSpec,
)

RANK = Dimension(name="rank", type="int", low=1, high=256, log=True)


def make_search(
    method: str = "lora",
    learning_rate: float = 1e-2,
    rank: int | None = None,
    pruning: Any = "none",
    dataset: str = "busi",
) -> SearchSpec:
    return SearchSpec(
        dataset=DatasetRef(name=dataset, fingerprint="a" * 64),
        subset=Subset(shots=16),
        backbone=BackboneRef(name="timm/resnet18", weights=None),
        method=method,
        hyperparameters={} if rank is None else {"rank": rank},
        learning_rate=learning_rate,
        space=(LEARNING_RATE,) if rank is None else (LEARNING_RATE, RANK),
        recipe=Recipe(image_size=32),
        selection_metric="auroc",
        pruning=pruning,
    )


def make_trial(
    number: int,
    values: dict[str, Scalar],
    score: float | None,
    status: Any = "ok",
    looks: tuple[Look, ...] = (),
    search: str = "b" * 64,
) -> TrialSpec:
    return TrialSpec(
        search=search,
        number=number,
        values=values,
        status=status,
        reason=None if status == "ok" else "so it is",
        score=score,
        validation_loss=None if score is None else 1.0,
        looks=looks,
        steps=10,
        seconds=1,
        synthetic=False,
        environment=Environment(
            python="3.11",
            platform="Linux",
            device="cpu",
            precision="float32",
            threads=1,
            deterministic=True,
            versions={},
        ),
        created="2026-01-01T00:00:00+00:00",
    )
