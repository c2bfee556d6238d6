"""Which method to use on images of one's own: a race, and what it says."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, Unpack

from medpeft_sdk.analysis import Recommendation, conclude
from medpeft_sdk.api import Corrupt, Evaluation, prepare
from medpeft_sdk.errors import SpecError
from medpeft_sdk.execution import OnDecode
from medpeft_sdk.execution.budget import Budget, read_budget
from medpeft_sdk.execution.cell import load_metrics
from medpeft_sdk.execution.contest import ADAPTER, Contest, OnMethodStep
from medpeft_sdk.execution.decode import decode
from medpeft_sdk.execution.estimate import estimate_seconds
from medpeft_sdk.execution.journal import read_race
from medpeft_sdk.execution.race import OnRung
from medpeft_sdk.execution.support import nothing_fits, with_refusals
from medpeft_sdk.execution.workbench import Workbench
from medpeft_sdk.planning import Plan, find_protocol
from medpeft_sdk.registry import load_registry
from medpeft_sdk.results.atomic import write_text
from medpeft_sdk.specs import Scalar
from medpeft_sdk.units import counted

PROTOCOL = "recommend"
ANSWER = "recommendation.json"

_MOST_THREADS = 8


@dataclass(frozen=True)
class Costing:
    """What a race is expected to take, in the unit of its budget.

    Attributes:
        least: All methods to the first rung; baselines and one more to the end.
        most: All methods to the end, as an exhaustive comparison would have it.
    """

    least: float
    most: float


@dataclass(frozen=True)
class PlannedRace:
    """A race and all that is needed to run it.

    Attributes:
        plan: The cells that race.
        left_out: Why methods do not race, by name.
        weights: The file with the backbone's weights, where one was given.
        caveats: What the user should know besides the numbers.
    """

    contest: Contest
    plan: Plan
    left_out: Mapping[str, str]
    weights: Path | None
    caveats: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """The output folder."""
        return Path(self.contest.settings.output)

    def costing(self, workbench: Workbench) -> Costing:
        """Estimates what the race takes; in time from one timed step, which is rather too high."""
        contest, course = self.contest, self.contest.course(workbench)
        racers, sure = len(contest.bundle.cells), len(contest.baselines) + 1
        price = 1.0
        if contest.budget.unit == "seconds":
            seconds = estimate_seconds(
                self.plan, contest.settings, contest.registry, 1, tested=False
            )
            price = seconds / course.most(racers)
        return Costing(
            least=price * course.least(racers, min(sure, racers)), most=price * course.most(racers)
        )

    def check(self, costing: Costing) -> None:
        """Raises `SpecError` where the budget does not carry the shortest race."""
        budget = self.contest.budget
        if costing.least > budget.amount:
            needed = _as_typed(Budget(costing.least, budget.unit))
            racers = counted(len(self.plan.cells), "method")
            raise SpecError(
                f"{_as_typed(budget)} is too small a budget for {racers}",
                where="--budget",
                expected=f"about {needed}: all methods to the first rung, the best one and the "
                "baselines to the end",
                mend="give more, or fewer methods (--method NAME), or shorter trainings "
                "(--set max_steps=200 --set min_steps=50)",
            )

    def run(
        self,
        on_step: OnMethodStep = lambda method, step, steps: None,
        on_rung: OnRung = lambda rung: None,
        on_decode: OnDecode = lambda dataset, at, of: None,
    ) -> Recommendation:
        """Races, or goes on with the race of the output folder, and answers.

        Raises:
            MedpeftError: The budget is too small, or the data cannot be used.
        """
        contest, store = self.contest, self.contest.store
        workbench = contest.workbench()
        if not store.folder.exists() or read_race(store.folder) is None:
            self.check(self.costing(workbench))
        store.create()
        store.write_protocol(self.plan.protocol, contest.settings.protocol.hash)
        decode(self.plan.bundles, contest.settings, contest.registry, on_decode)
        race = contest.run(workbench, on_step, on_rung)
        selection = contest.bundle.cells[0].cell.selection_metric
        rows, groups = workbench.splits.val, workbench.table.groups
        answer = conclude(
            race,
            store,
            load_metrics([selection], contest.registry)[selection],
            validation_units=len({groups[i] for i in rows}) if groups else len(rows),
            adapter=str(self.folder / ADAPTER),
            code=self._code(workbench.table.classes),
            caveats=self.caveats,
        )
        write_text(self.folder / ANSWER, answer.to_json())
        return answer

    def _code(self, classes: Sequence[str]) -> str:
        cell = self.contest.bundle.cells[0].cell
        weights = "" if self.weights is None else f', weights="{self.weights.absolute()}"'
        return (
            "import medpeft_sdk\n"
            f'model = medpeft_sdk.load_backbone("{cell.backbone.name}", '
            f"num_classes={len(classes)}, image_size={cell.recipe.image_size}{weights})\n"
            f'adapted = medpeft_sdk.load_adapter(model, "{self.folder / ADAPTER}")'
            f"  # outputs: {', '.join(classes)}"
        )


class Options(TypedDict, total=False):
    """What `recommend` takes besides dataset and backbone; `prepare_race` explains it."""

    budget: str
    methods: str | Sequence[str]
    subset: str | float | None
    seed: int | None
    data: Mapping[str, str | Path] | None
    data_root: str | Path | None
    weights: str | Path | None
    settings: Mapping[str, str | Scalar] | None
    output: str | Path
    threads: int | None
    device: str
    corrupt: Corrupt


def recommend(
    dataset: str, backbone: str | None = None, **options: Unpack[Options]
) -> Recommendation:
    """Recommends a method for a dataset, as ``medpeft recommend`` does.

    Args:
        dataset: Its name, such as ``"folder:my-images"``.
        backbone: Its name; if None, the small embedded one.
        **options: As for `prepare_race`.

    Raises:
        MedpeftError: A name is unknown, the budget is too small, or the data cannot be used.
    """
    return prepare_race(dataset, backbone, **options).run()


def prepare_race(
    dataset: str,
    backbone: str | None = None,
    *,
    budget: str = "20m",
    methods: str | Sequence[str] = (),
    subset: str | float | None = None,
    seed: int | None = None,
    data: Mapping[str, str | Path] | None = None,
    data_root: str | Path | None = None,
    weights: str | Path | None = None,
    settings: Mapping[str, str | Scalar] | None = None,
    output: str | Path = "recommendation",
    threads: int | None = None,
    device: str = "auto",
    corrupt: Corrupt = "fail",
    on_decode: OnDecode = lambda dataset, at, of: None,
) -> PlannedRace:
    """Plans a race without running it.

    Args:
        dataset: Name of a dataset.
        backbone: Name of a backbone; if None, the protocol's.
        budget: A time, such as ``20m``, or a number of steps of all methods together, such as
            ``5000steps``, with which the race comes out the same anywhere.
        methods: Name of a method to race with the baselines, or several; none means all that fit
            the backbone and start from its pretrained weights.
        subset: The part of the training split to learn from; if None, all.
        seed: Of the classifier, the subset and the order of images.
        data: The folder of the dataset, by its name.
        data_root: As for `api.prepare`.
        weights: A local file with the pretrained weights of the backbone.
        settings: Values of hyperparameters and of the recipe.
        output: The folder for the race, its results and the adapter.
        threads: On the CPU; if None, one for each core up to 8.
        device: ``auto``, ``cpu``, ``cuda`` …
        corrupt: As for `api.prepare`.
        on_decode: Is told of decoding that has to come before the plan.

    Raises:
        MedpeftError: A name is unknown, a value is not allowed, or the folder holds other results.
    """
    amount, registry = read_budget(budget), load_registry()
    protocol = find_protocol(PROTOCOL, registry)
    methods = [methods] if isinstance(methods, str) else methods
    _check_names("--dataset", [dataset], "folder:my-images")
    _check_names("--backbone", [] if backbone is None else [backbone], "timm/resnet18")
    _check_names("--method", methods, "lora")
    entries = [registry.methods.get(name, where="--method") for name in methods]
    specs = [entry.spec for entry in entries or registry.methods]
    names = [spec.name for spec in specs if entries or spec.pretrained]
    evaluation = prepare(
        list(dict.fromkeys([*protocol.methods, *names])),
        PROTOCOL,
        datasets=[dataset],
        backbones=backbone,
        subsets=subset,
        seeds=seed,
        data=data,
        data_root=data_root,
        weights=weights,
        settings=settings,
        output=output,
        executor="serial",
        threads=min(os.cpu_count() or 1, _MOST_THREADS) if threads is None else threads,
        device=device,
        corrupt=corrupt,
        on_decode=on_decode,
    )
    plan = with_refusals(evaluation.plan, registry)
    (bundle,) = plan.bundles
    racing = replace(bundle, cells=tuple(c for c in bundle.cells if not c.unsupported))
    left_out = {c.cell.method: c.unsupported for c in bundle.cells if c.unsupported}
    if not racing.cells:
        raise nothing_fits(plan, registry, left_out.values())
    contest = Contest(
        bundle=racing,
        settings=evaluation.settings,
        registry=registry,
        baselines=tuple(name for name in protocol.methods if name not in left_out),
        budget=amount,
    )
    contest.check_folder()
    return PlannedRace(
        contest=contest,
        plan=replace(plan, bundles=(racing,)),
        left_out=left_out,
        weights=None if weights is None else Path(weights),
        caveats=_caveats(evaluation, own_backbone=backbone is not None),
    )


def _check_names(option: str, names: Sequence[object], example: str) -> None:
    """Refuses what is no text, such as a path, of which one cannot tell what is there."""
    for name in names:
        if not isinstance(name, str):
            folder = isinstance(name, Path) and option == "--dataset"
            raise SpecError(
                f"{name!r} is no name",
                where=option,
                expected=f'a text, such as "{example}"',
                mend=f'write "folder:{name}", for a folder of images' if folder else None,
            )


def _caveats(evaluation: Evaluation, *, own_backbone: bool) -> tuple[str, ...]:
    (bundle,) = evaluation.plan.bundles
    found: list[str] = []
    if not own_backbone:
        found.append(
            f"No backbone was named, so it is {bundle.backbone.name}: small, and pretrained on "
            "generated images. A real one, such as --backbone timm/resnet50, is likely to do "
            "better, and may prefer another method."
        )
    if bundle.dataset.synthetic:
        found.append("The images are generated: nothing here says how a method does on real ones.")
    return tuple(found)


def _as_typed(budget: Budget) -> str:
    """Writes a budget as a user would type it, rounded up."""
    amount = int(-(-budget.amount // 1))
    if budget.unit == "steps":
        return f"{amount}steps"
    return f"{amount}s" if amount < 120 else f"{-(-amount // 60)}m"
