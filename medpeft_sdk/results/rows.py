"""The flat form of a result that the command line and exports print."""

from __future__ import annotations

from typing import Any

from medpeft_sdk.specs import Estimate, ResultSpec


def row(result: ResultSpec) -> dict[str, Any]:
    """Makes the row of a result, of plain data that JSON can hold.

    Returns:
        ``method``, ``backbone``, ``dataset``, ``synthetic``, ``skipped`` (how many images could
        not be read), ``fraction`` (the subset as text, such as ``16shot``), ``seed``,
        ``hyperparameters``, ``learning_rate``, ``protocol``, ``protocol_hash`` (of all that the
        protocol fixes, the recipe too), ``ruleset``, ``trials`` (``None`` where the ruleset
        is ``fixed``), ``status``, ``reason``, ``metrics`` (``value``, ``low``, ``high`` and
        ``n`` by name, and a ``reason`` where one failed), ``subgroups`` (`Subgroups` by
        attribute), ``parameters`` (``trainable``, ``added``, ``stored`` and ``head``), ``costs``
        and ``cell_id``. Without an answer, ``metrics`` and ``subgroups`` are empty and
        ``parameters`` and ``costs`` are ``None``.
    """
    cell, parameters, costs = result.cell, result.parameters, result.costs
    return {
        "method": cell.method,
        "backbone": cell.backbone.name,
        "dataset": cell.dataset.name,
        "synthetic": result.synthetic,
        "skipped": len(cell.dataset.skipped),
        "fraction": str(cell.subset),
        "seed": cell.seed,
        "hyperparameters": dict(cell.hyperparameters),
        "learning_rate": cell.recipe.learning_rate,
        "protocol": result.protocol.name,
        "protocol_hash": result.protocol.hash,
        "ruleset": result.protocol.ruleset,
        "trials": cell.tuning and cell.tuning.trials,
        "status": result.status,
        "reason": result.reason,
        "metrics": {name: _estimate(e) for name, e in result.metrics.items()},
        "subgroups": {name: s.model_dump(mode="json") for name, s in result.subgroups.items()},
        "parameters": parameters and parameters.model_dump(mode="json", exclude={"total"}),
        "costs": costs and costs.model_dump(mode="json"),
        "cell_id": result.cell_id,
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return estimate.model_dump(mode="json", exclude=None if estimate.reason else {"reason"})
