"""Small valid results."""

from __future__ import annotations

from typing import Any

from medpeft_sdk.planning import cell_id
from medpeft_sdk.specs import (
    BackboneRef,
    CellSpec,
    Costs,
    DatasetRef,
    Disparity,
    Environment,
    Estimate,
    ParameterCounts,
    ProtocolRef,
    Recipe,
    ResultSpec,
    Scalar,
    Subgroup,
    Subgroups,
    Subset,
)

IDENTITY = 1


def make_estimate(value: float | None = 0.8, arm: float = 0.05) -> Estimate:
    if value is None:
        return Estimate(value=None, low=None, high=None, n=100)
    return Estimate(value=value, low=value - arm, high=value + arm, n=100)


def make_subgroups(gap: float, worst: str = "male") -> Subgroups:
    return Subgroups(
        groups=(
            Subgroup(value="female", n=60, metrics={"auroc": make_estimate(0.8)}),
            Subgroup(value="male", n=40, metrics={"auroc": make_estimate(0.7)}),
            Subgroup(value="unknown", n=3, reason="the value is not known"),
        ),
        disparities={
            "auroc": Disparity(
                worst_group=worst, worst=make_estimate(0.7), gap=make_estimate(gap, 0.05)
            )
        },
    )


def make_cell(
    *,
    method: str = "lora",
    dataset: str = "busi",
    backbone: str = "timm/resnet18",
    subset: Subset | None = None,
    seed: int = 0,
    hyperparameters: dict[str, Scalar] | None = None,
) -> CellSpec:
    return CellSpec(
        dataset=DatasetRef(name=dataset, fingerprint="0" * 64),
        subset=subset or Subset(shots=16),
        backbone=BackboneRef(name=backbone, weights=None),
        method=method,
        hyperparameters=hyperparameters or {},
        seed=seed,
        recipe=Recipe(image_size=64),
        selection_metric="auroc",
    )


def make_result(
    *,
    status: str = "ok",
    metrics: dict[str, Estimate] | None = None,
    subgroups: dict[str, Subgroups] | None = None,
    synthetic: bool = False,
    identity_version: int = IDENTITY,
    **cell: Any,
) -> ResultSpec:
    spec = make_cell(**cell)
    ok = status == "ok"
    return ResultSpec(
        identity_version=identity_version,
        cell_id=cell_id(spec),
        cell=spec,
        status=status,
        reason=None if ok else f"it was {status}",
        metrics=({"auroc": make_estimate()} if metrics is None else metrics) if ok else {},
        subgroups=subgroups or {},
        parameters=ParameterCounts(total=1000, trainable=30, added=20, stored=30, head=10)
        if ok
        else None,
        costs=Costs(
            setup_seconds=1,
            training_seconds=2,
            evaluation_seconds=3,
            images_per_second=4,
            peak_memory_bytes=5,
            steps=6,
            micro_batch_size=7,
        )
        if ok
        else None,
        environment=Environment(
            python="3.11",
            platform="Linux",
            device="cpu",
            precision="float32",
            threads=1,
            deterministic=True,
            versions={},
        ),
        provenance=(),
        protocol=ProtocolRef(name="quick", version=1, hash="1" * 64, ruleset="fixed"),
        synthetic=synthetic,
        created="2026-01-01T00:00:00+00:00",
    )
