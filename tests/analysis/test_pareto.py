"""The front of score and cost, against a sweep, planted truth and bad input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medpeft_sdk.analysis import COSTS, Condition, Scores, collect, pareto
from medpeft_sdk.analysis.pareto import dominators
from medpeft_sdk.errors import DataError, UnknownNameError
from medpeft_sdk.specs import (
    Costs,
    Inference,
    Latency,
    MetricSpec,
    Phase,
    ResultSpec,
    TrainingStep,
)
from tests.analysis.simulate import simulate
from tests.results.factory import make_estimate, make_result

AUROC = MetricSpec(name="auroc", title="AUROC", higher_is_better=True, description="Area.")
UNMERGED = "prompt cannot be merged"


def make_costs(scale: float = 1.0, *, merges: bool = True) -> Costs:
    latency = Latency(batch_size=1, median_seconds=scale / 100, spread_seconds=0.0, n=5)
    inference = Inference(flops=round(7 * scale), single=latency)
    return Costs(
        setup_seconds=1.0,
        training_seconds=2 * scale,
        evaluation_seconds=1.0,
        images_per_second=4.0,
        peak_memory_bytes=5,
        steps=6,
        micro_batch_size=7,
        phases={"train": Phase(seconds=scale, memory_bytes=round(8 * scale))},
        training_step=TrainingStep(flops=round(9 * scale), images=8),
        inference=inference,
        merged=inference if merges else Inference(reason=UNMERGED),
    )


def priced(scale: float, *, costs: Costs | None = None, **options: Any) -> ResultSpec:
    made = make_result(**options)
    assert made.parameters
    return made.model_copy(
        update={
            "costs": costs or make_costs(scale),
            "parameters": made.parameters.model_copy(update={"trainable": round(100 * scale)}),
            "sizes": {"adapter.safetensors": round(400 * scale)},
        }
    )


def priced_like(scores: Scores, trainable: dict[str, float]) -> list[ResultSpec]:
    """Makes a result for each number of a simulated table."""
    return [
        priced(
            trainable[method],
            method=method,
            dataset=dataset,
            seed=seed,
            metrics={scores.metric: make_estimate(0.5)},
        )
        for method in scores.methods
        for dataset in scores.datasets
        for seed in scores.seeds
    ]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
def test_the_front_is_that_of_a_sweep(points: list[tuple[int, int]]) -> None:
    costs, scores = [float(c) for c, _ in points], [float(s) for _, s in points]
    front = {i for i, above in enumerate(dominators(costs, scores)) if not above}
    swept, best = set(), -1.0
    for cost in sorted(set(costs)):
        highest = max(s for c, s in zip(costs, scores, strict=True) if c == cost)
        if highest > best:
            swept |= {i for i, at in enumerate(points) if at == (cost, highest)}
            best = highest
    assert front == swept


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12))
def test_what_is_dominated_is_dominated_by_something_on_the_front(
    points: list[tuple[int, int]],
) -> None:
    found = dominators([float(c) for c, _ in points], [float(s) for _, s in points])
    front = {i for i, above in enumerate(found) if not above}
    assert front
    assert all(front & set(above) for above in found if above)
    assert all(i not in found[j] for i, above in enumerate(found) for j in above)


def test_noise_does_not_put_a_method_off_the_front() -> None:
    truth = {"best": 0.5, "equal": 0.5, "poor": -4.0}
    scores = simulate(truth, datasets=3, seeds=4, of_seed=0.01, of_run=0.3)
    cheaper = max(("best", "equal"), key=lambda m: scores.values[scores.at(m)].mean())
    dearer = "equal" if cheaper == "best" else "best"
    results = priced_like(scores, {cheaper: 1, dearer: 2, "poor": 3})
    found = pareto(scores, results, "trainable")
    assert [p.method for p in found.points] == [cheaper, dearer, "poor"]
    first, second, last = found.points
    assert found.front == (first,) and first.cost == 100
    assert second.dominated_by == (cheaper,) and second.perhaps_on_front
    assert set(last.beaten_by) == {"best", "equal"} and not last.perhaps_on_front
    assert first.score.here.interval() is not None


def test_a_metric_that_should_be_low_turns_the_front_round() -> None:
    scores = simulate({"low": 0.0, "high": 4.0}, seeds=3, of_run=0.1)
    results = priced_like(scores, {"low": 1, "high": 2})
    assert len(pareto(scores, results).front) == 2
    turned = pareto(replace(scores, higher_is_better=False), results)
    assert [p.method for p in turned.front] == ["low"]
    assert turned.points[1].beaten_by == ("low",)


def test_without_errors_nothing_is_surely_beaten() -> None:
    results = [
        priced(scale, method=method, metrics={"auroc": make_estimate(value)})
        for method, scale, value in (("lora", 1, 0.9), ("full", 10, 0.6))
    ]
    found = pareto(collect(results, AUROC), results)
    assert found.points[1].dominated_by == ("lora",)
    assert found.points[1].perhaps_on_front


@pytest.mark.parametrize("cost", COSTS)
def test_every_cost_is_the_mean_over_the_runs_that_all_have(cost: str) -> None:
    lora = [priced(scale, method="lora", seed=s) for s, scale in enumerate((1, 2, 30))]
    full = [priced(10, method="full", seed=s) for s in (0, 1)]
    found = pareto(collect([*lora, *full], AUROC), [*lora, *full], cost)
    (one,) = pareto(collect(lora[:1], AUROC), lora[:1], cost).points
    costs = {p.method: p.cost for p in found.points}
    assert one.cost > 0
    assert costs["lora"] == pytest.approx(1.5 * one.cost, rel=0.1)
    assert costs["full"] == pytest.approx(10 * one.cost, rel=0.1)
    assert found.runs == 2


def test_a_method_without_the_cost_is_a_gap_with_its_reason() -> None:
    merging = [priced(1, method="lora", seed=s) for s in (0, 1)]
    prompts = [priced(1, method="prompt", seed=s, costs=make_costs(merges=False)) for s in (0, 1)]
    scores = collect([*merging, *prompts], AUROC)
    found = pareto(scores, [*merging, *prompts], "latency_merged")
    assert [p.method for p in found.points] == ["lora"]
    assert {(g.method, g.seed) for g in found.gaps} == {("prompt", 0), ("prompt", 1)}
    assert UNMERGED in found.gaps[0].reason


def test_results_of_before_have_the_costs_that_they_have() -> None:
    old = [make_result(method=m) for m in ("lora", "full")]
    scores = collect(old, AUROC)
    assert {p.cost for p in pareto(scores, old, "training_time").points} == {2.0}
    with pytest.raises(DataError, match="no result tells FLOPs of a training step"):
        pareto(scores, old, "flops")


def test_times_of_several_machines_are_never_compared() -> None:
    here, there = (priced(1, method=m) for m in ("lora", "full"))
    gpu = there.environment.model_copy(update={"device": "H100"})
    results = [here, there.model_copy(update={"environment": gpu})]
    scores = collect(results, AUROC)
    with pytest.raises(DataError, match="several machines"):
        pareto(scores, results, "latency")
    assert len(pareto(scores, results, "flops").points) == 2


def test_a_part_of_a_table_has_its_own_costs() -> None:
    results = [
        priced(scale, method=method, backbone=backbone)
        for method in ("lora", "full")
        for backbone, scale in (("timm/resnet18", 1), ("timm/resnet50", 3))
    ]
    part = collect(results, AUROC).under(Condition("timm/resnet50", "16shot"))
    assert {p.cost for p in pareto(part, results).points} == {300.0}


def test_an_unknown_cost_is_answered_with_those_there_are() -> None:
    results = [priced(1)]
    with pytest.raises(UnknownNameError, match="latency"):
        pareto(collect(results, AUROC), results, "latncy")
