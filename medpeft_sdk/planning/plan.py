"""Protocol × methods → cells, ordered into bundles that share backbone and dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from medpeft_sdk.planning.identity import cell_id
from medpeft_sdk.planning.searches import Search, chosen_cell, plan_search
from medpeft_sdk.planning.settings import Settings
from medpeft_sdk.specs import (
    BackboneRef,
    BackboneSpec,
    CellSpec,
    DatasetRef,
    DatasetSpec,
    MethodSpec,
    ProtocolSpec,
    Scalar,
)


@dataclass(frozen=True)
class PlannedCell:
    """A cell and its identity.

    Attributes:
        unsupported: Why it cannot be run, where that is known beforehand.
        search: What chooses its hyperparameters; it has the defaults until then.
    """

    id: str
    cell: CellSpec
    unsupported: str | None = None
    search: Search | None = None


@dataclass(frozen=True)
class PlannedSearch(PlannedCell):
    """A search, planned as the cell of its first trial: its trials run one after the other.

    Attributes:
        trials: How many.
    """

    trials: int = 1


@dataclass(frozen=True)
class PlannedDataset:
    """A dataset as the plan needs it.

    Attributes:
        fingerprint: Digest of its samples.
        content: Digest of the files of its images.
        skipped: Ids of images that cannot be read and are left out.
    """

    spec: DatasetSpec
    fingerprint: str
    content: str | None = None
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """Cells that share dataset and backbone, and so run in one warm process."""

    dataset: DatasetSpec
    backbone: BackboneSpec
    cells: tuple[PlannedCell, ...]


@dataclass(frozen=True)
class Plan:
    """All cells of a run."""

    protocol: ProtocolSpec
    bundles: tuple[Bundle, ...]

    @property
    def cells(self) -> tuple[PlannedCell, ...]:
        """The cells of all bundles, in order."""
        return tuple(cell for bundle in self.bundles for cell in bundle.cells)

    def searches(self) -> tuple[Bundle, ...]:
        """Returns the searches behind the cells, each once, in the bundles of these."""
        tuning = self.protocol.tuning
        if tuning is None:
            return ()
        return tuple(
            replace(bundle, cells=_searches(bundle.cells, tuning.trials)) for bundle in self.bundles
        )

    def choose(self, values: Mapping[str, Mapping[str, Scalar]]) -> Plan:
        """Gives cells what their searches chose, by the searches' ids; others stay as they are."""
        bundles = [
            replace(bundle, cells=tuple(_chosen(cell, values) for cell in bundle.cells))
            for bundle in self.bundles
        ]
        return replace(self, bundles=tuple(bundles))


def make_plan(
    protocol: ProtocolSpec,
    *,
    methods: Sequence[MethodSpec],
    datasets: Sequence[PlannedDataset],
    backbones: Sequence[BackboneSpec],
    settings: Settings,
) -> Plan:
    """Lays out the grid of a protocol.

    Every method of the grid gets the same subsets, seeds and recipe; only the learning rate
    falls back to the method's declared default. Where the ruleset is ``tuned``, so it is in the
    plan until `Plan.choose` is told better.

    Raises:
        SpecError: A setting does not fit the recipe or a method.
    """
    recipe, tuning = settings.apply(protocol.recipe), protocol.tuning
    hyperparameters = {m.name: settings.resolve(m) for m in methods}
    bundles: list[Bundle] = []
    for dataset in datasets:
        for backbone in backbones:
            cells: list[PlannedCell] = []
            for subset in protocol.subsets:
                for seed in protocol.seeds:
                    for method in methods:
                        cell = CellSpec(
                            dataset=DatasetRef(
                                name=dataset.spec.name,
                                fingerprint=dataset.fingerprint,
                                content=dataset.content,
                                skipped=dataset.skipped,
                            ),
                            subset=subset,
                            backbone=BackboneRef(
                                name=backbone.name,
                                weights=backbone.weights.identity if backbone.weights else None,
                            ),
                            method=method.name,
                            hyperparameters=hyperparameters[method.name],
                            seed=seed,
                            recipe=recipe.model_copy(
                                update={
                                    "image_size": recipe.image_size or backbone.image_size,
                                    "learning_rate": recipe.learning_rate or method.learning_rate,
                                }
                            ),
                            selection_metric=protocol.metrics[0],
                            tuning=tuning,
                        )
                        search = (
                            plan_search(cell, method, recipe, settings, tuning.pruning)
                            if tuning
                            else None
                        )
                        reason = unsupported(method, backbone, dataset.spec)
                        cells.append(PlannedCell(cell_id(cell), cell, reason, search))
            bundles.append(Bundle(dataset.spec, backbone, tuple(cells)))
    return Plan(protocol, tuple(bundles))


def _searches(cells: Sequence[PlannedCell], trials: int) -> tuple[PlannedSearch, ...]:
    found: dict[str, PlannedSearch] = {}
    for planned in cells:
        if (search := planned.search) is not None and planned.unsupported is None:
            first = search.spec.cell(search.spec.first)
            found[search.id] = PlannedSearch(search.id, first, search=search, trials=trials)
    return tuple(found.values())


def _chosen(planned: PlannedCell, values: Mapping[str, Mapping[str, Scalar]]) -> PlannedCell:
    if planned.search is None or planned.search.id not in values:
        return planned
    cell = chosen_cell(planned.cell, planned.search.spec, values[planned.search.id])
    return replace(planned, id=cell_id(cell), cell=cell)


def unsupported(method: MethodSpec, backbone: BackboneSpec, dataset: DatasetSpec) -> str | None:
    """Returns why a method cannot run on a backbone and a task, as far as their specs tell."""
    if dataset.task not in method.tasks:
        return (
            f"{method.name} does not support {dataset.task}; it supports {', '.join(method.tasks)}"
        )
    if backbone.family not in method.families:
        return (
            f"{method.name} does not support the family {backbone.family} of {backbone.name}; "
            f"it supports {', '.join(method.families)}"
        )
    return None
