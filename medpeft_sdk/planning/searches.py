"""Which search stands behind a cell, and the cell that its choice makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from medpeft_sdk.errors import SpecError
from medpeft_sdk.planning.identity import search_id
from medpeft_sdk.planning.settings import Settings
from medpeft_sdk.specs import (
    LEARNING_RATE,
    CellSpec,
    Dimension,
    MethodSpec,
    Pruning,
    Recipe,
    Scalar,
    SearchSpec,
)


@dataclass(frozen=True)
class Search:
    """A search and its identity, which its number of trials is no part of."""

    id: str
    spec: SearchSpec

    @classmethod
    def of(cls, spec: SearchSpec) -> Search:
        """Names a search."""
        return cls(search_id(spec), spec)


def plan_search(
    cell: CellSpec, method: MethodSpec, recipe: Recipe, settings: Settings, pruning: Pruning
) -> Search:
    """Plans the search behind a cell that has the method's defaults; seeds share it.

    What the user or the recipe has set is not searched, nor what has no bounds.

    Args:
        cell: The cell.
        method: Its method.
        recipe: That of the run; its learning rate is searched where it is ``None``.
        settings: What the user has set.
        pruning: Of the trials.

    Raises:
        SpecError: There is nothing to search.
    """
    given = settings.hyperparameters.get(method.name, {})
    declared = [Dimension.of(h) for h in method.hyperparameters if h.name not in given]
    rate = [LEARNING_RATE] if recipe.learning_rate is None else []
    space = (*rate, *(d for d in declared if d is not None))
    if not space:
        raise SpecError(
            f"there is nothing to search for {method.name}",
            where="the ruleset tuned",
            expected="a learning rate, or a hyperparameter with bounds or choices, that is not set",
            mend="leave the learning rate to the search, or the method out",
        )
    assert cell.recipe.learning_rate is not None, "a planned cell's recipe has a learning rate"
    spec = SearchSpec(
        task=cell.task,
        dataset=cell.dataset,
        subset=cell.subset,
        backbone=cell.backbone,
        method=cell.method,
        hyperparameters=cell.hyperparameters,
        learning_rate=cell.recipe.learning_rate,
        space=space,
        recipe=cell.recipe.model_copy(update={"learning_rate": recipe.learning_rate}),
        selection_metric=cell.selection_metric,
        pruning=pruning,
    )
    return Search.of(spec)


def chosen_cell(cell: CellSpec, search: SearchSpec, values: Mapping[str, Scalar]) -> CellSpec:
    """Returns a cell with the values that its search chose."""
    chosen = search.cell(dict(values))
    update = {"hyperparameters": chosen.hyperparameters, "recipe": chosen.recipe}
    return cell.model_copy(update=update)
