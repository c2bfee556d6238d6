"""The same as the command line, from Python: names in, results out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict, Unpack, get_args

from medpeft_sdk.data import Dataset, default_cache_folder
from medpeft_sdk.digest import sha256
from medpeft_sdk.errors import SpecError, WeightsError
from medpeft_sdk.execution import (
    OnDecode,
    OnEvent,
    Run,
    RunSettings,
    chosen,
    execute,
    find_datasets,
    find_root,
    leave_out_unreadable,
    trials_left,
)
from medpeft_sdk.planning import (
    IDENTITY_VERSION,
    Plan,
    find_protocol,
    make_plan,
    protocol_hash,
    read_settings,
)
from medpeft_sdk.planning.choices import (
    OPTIONS,
    given_choices,
    renamed,
    under_rules,
    with_choices,
)
from medpeft_sdk.registry import Registry, load_registry
from medpeft_sdk.results import ResultStore, SearchStore
from medpeft_sdk.specs import (
    BackboneSpec,
    ProtocolRef,
    Pruning,
    Ruleset,
    Scalar,
    Weights,
)

_MOST = 1024
"""Of workers, and of threads; more is a slip of the finger."""

Corrupt = Literal["fail", "skip"]
"""What is done about an image that cannot be read."""

_MOST_CPU_WORKERS = 8
"""Each holds a copy of backbone and libraries, about 1 GiB; more are a choice of the user's."""


@dataclass(frozen=True)
class Evaluation:
    """A plan and all that is needed to run it.

    Attributes:
        absent: Datasets that are not in the plan, because they have no folder.
    """

    plan: Plan
    settings: RunSettings
    registry: Registry
    executor: str
    workers: int
    absent: tuple[str, ...] = ()

    def missing(self) -> int:
        """Returns how many cells the results folder does not hold yet."""
        folder = Path(self.settings.output)
        finished = ResultStore(folder, IDENTITY_VERSION).finished()
        cells = chosen(self.plan, SearchStore(folder)).cells
        return sum(cell.id not in finished for cell in cells)

    def missing_trials(self) -> int:
        """Returns how many trials have to be run before the cells are known."""
        store = SearchStore(Path(self.settings.output))
        return sum(trials_left(s, store) for b in self.plan.searches() for s in b.cells)

    def run(
        self,
        on_event: OnEvent = lambda event: None,
        on_decode: OnDecode = lambda dataset, at, of: None,
    ) -> Run:
        """Runs every cell that the results folder does not hold; raises `MedpeftError`."""
        return execute(
            self.plan,
            self.settings,
            self.registry,
            executor=self.executor,
            workers=self.workers,
            on_event=on_event,
            on_decode=on_decode,
        )


class Options(TypedDict, total=False):
    """What `evaluate` and `prepare` take besides methods and protocol; `prepare` explains it."""

    datasets: str | Sequence[str] | None
    backbones: str | Sequence[str] | None
    subsets: str | float | Sequence[str | float] | None
    seeds: int | Sequence[int] | None
    data: Mapping[str, str | Path]
    data_root: str | Path
    weights: str | Path
    settings: Mapping[str, str | Scalar]
    ruleset: Ruleset
    trials: int
    pruning: Pruning
    output: str | Path
    executor: str
    workers: int
    threads: int
    device: str
    corrupt: Corrupt


def evaluate(
    methods: str | Sequence[str] | None = None,
    protocol: str | Path = "quick",
    **options: Unpack[Options],
) -> Run:
    """Evaluates methods under a protocol, as ``medpeft evaluate`` does.

    Args:
        methods: Name of a method, or several; if None, those that the protocol names.
        protocol: Name of a protocol, or path of a TOML file.
        **options: As for `prepare`.

    Returns:
        The results, one for each cell, in the order of the plan.

    Raises:
        MedpeftError: A name is unknown, a file is missing, a value is out of bounds.
    """
    return prepare(methods, protocol, **options).run()


def prepare(
    methods: str | Sequence[str] | None = None,
    protocol: str | Path = "quick",
    *,
    datasets: str | Sequence[str] | None = None,
    backbones: str | Sequence[str] | None = None,
    subsets: str | float | Sequence[str | float] | None = None,
    seeds: int | Sequence[int] | None = None,
    data: Mapping[str, str | Path] | None = None,
    data_root: str | Path | None = None,
    weights: str | Path | None = None,
    settings: Mapping[str, str | Scalar] | None = None,
    ruleset: Ruleset | None = None,
    trials: int | None = None,
    pruning: Pruning | None = None,
    output: str | Path = "results",
    executor: str = "local",
    workers: int | None = None,
    threads: int = 1,
    device: str = "auto",
    corrupt: Corrupt = "fail",
    without_absent: bool = False,
    on_decode: OnDecode = lambda dataset, at, of: None,
) -> Evaluation:
    """Plans an evaluation without running it; what is given replaces what the protocol says.

    Args:
        methods: Names of methods; of this and the next four, one may stand alone, and None is
            what the protocol names.
        protocol: Name of a protocol, or path of a TOML file.
        datasets: Names of datasets.
        backbones: Names of backbones.
        subsets: Parts of the training split, such as ``"16shot"`` or ``0.1``.
        seeds: Each seed draws its own subset, classifier and order of images.
        data: The folder of a dataset, by its name.
        data_root: A folder that holds ``<dataset>/``; the variable ``MEDPEFT_DATA`` does the same.
        weights: A local file with the pretrained weights of the one backbone.
        settings: Values of hyperparameters and of the recipe, such as ``{"rank": 16}``.
        ruleset: ``fixed`` takes each method's declared defaults, ``tuned`` searches.
        trials: Of each search: one for each dataset, subset, backbone and method.
        pruning: Of each search, ``none`` or ``halving``.
        output: The results folder.
        executor: ``local``, ``serial`` (in this process), or a plugin's.
        workers: Processes of the ``local`` executor; if None, one for each GPU, or for each core
            up to 8.
        threads: Threads of one worker on the CPU. More of them change the last bits of an answer.
        device: ``auto``, ``cpu``, ``cuda`` …
        corrupt: What is done about an image that cannot be read: ``fail`` stops with its name;
            ``skip`` leaves it out, which every cell's identity and result then say. For that, all
            images are decoded before anything is planned.
        without_absent: Leaves datasets without a folder out of the plan, and says so, where they
            would be an error.
        on_decode: Is told of that decoding.

    Raises:
        MedpeftError: A name is unknown, a file is missing, a value is out of bounds.
    """
    _check_kinds(settings, output)
    registry = load_registry()
    rules = {"ruleset": ruleset, "trials": trials, "pruning": pruning}
    original = under_rules(find_protocol(str(protocol), registry), rules)
    given = given_choices(
        methods=methods, datasets=datasets, backbones=backbones, subsets=subsets, seeds=seeds
    )
    grid = with_choices(original, given)

    def told(field: str) -> str:
        """Says where the names of a field came from."""
        return OPTIONS[field] if field in given else f"the {field} of the protocol {protocol}"

    method_specs = [registry.methods.get(name, where=told("methods")).spec for name in grid.methods]
    registry.methods.get(grid.reference, where=f"the reference of the protocol {protocol}")
    backbone_specs = [
        registry.backbones.get(name, where=told("backbones")).spec for name in grid.backbones
    ]
    if weights is not None:
        backbone_specs = [_with_weights(backbone_specs, Path(weights))]
    for name in grid.metrics:
        registry.metrics.get(name, where=f"the metrics of protocol {grid.name}")
    chosen = read_settings(settings or {}, method_specs)
    absent: list[str] = []
    planned, roots = find_datasets(
        grid.datasets,
        registry,
        data or {},
        data_root,
        subsets=grid.subsets,
        where=told("datasets"),
        absent=absent if without_absent else None,
    )
    grid = grid.model_copy(
        update={
            "recipe": chosen.apply(grid.recipe),
            "datasets": tuple(dataset.spec.name for dataset in planned),
            "backbones": tuple(backbone.name for backbone in backbone_specs),
        }
    )
    # What was not replaced is the protocol's own, whatever its full name is.
    kept = [field for field in ("datasets", "backbones") if field not in given]
    original = original.model_copy(update={field: getattr(grid, field) for field in kept})
    if chosen.hyperparameters or protocol_hash(grid) != protocol_hash(original):
        grid = renamed(grid, original, hyperparameters=bool(chosen.hyperparameters))
    if corrupt not in get_args(Corrupt):
        raise SpecError(f"corrupt is '{corrupt}'", where="--corrupt", expected="fail or skip")
    if workers is not None:
        _check_count(workers, "workers")
    _check_count(threads, "threads")
    runner = registry.executors.get(executor, where="--executor")
    if device != "auto":
        runner.load()(runner.spec).check_device(device)
    if corrupt == "skip":
        recipe, size = grid.recipe, grid.recipe.image_size or backbone_specs[0].image_size
        planned = [
            leave_out_unreadable(d, registry, roots, size, recipe.fit, on_decode) for d in planned
        ]
    plan = make_plan(
        grid, methods=method_specs, datasets=planned, backbones=backbone_specs, settings=chosen
    )
    most = len(plan.cells) if runner.spec.parallel else 1
    count = max(1, min(workers or _default_workers(device), most))
    run_settings = RunSettings(
        output=str(Path(output).absolute()),
        cache=str(default_cache_folder()),
        roots=roots,
        device=device,
        threads=threads,
        protocol=ProtocolRef(
            name=grid.name,
            version=grid.version,
            hash=protocol_hash(grid),
            ruleset=grid.ruleset,
        ),
        metrics=grid.metrics,
    )
    return Evaluation(plan, run_settings, registry, executor, count, tuple(absent))


def open_dataset_at(name: str, data: str | Path | None = None) -> Dataset:
    """Opens a dataset by its name, as ``medpeft datasets`` does.

    Args:
        name: Its name, with options if any, such as ``"ham10000,split=image"``.
        data: Its folder; if None, the one that its name or ``MEDPEFT_DATA`` tells.

    Raises:
        MedpeftError: The name or an option is unknown.
    """
    entry = load_registry().datasets.get(name, where=f"the name {name}")
    implementation: type[Dataset] = entry.load()
    root = find_root(name, implementation, {name: data} if data is not None else {})
    return implementation(entry.spec, root)


def _check_count(value: object, option: str) -> None:
    if not isinstance(value, int) or not 1 <= value <= _MOST:
        raise SpecError(
            f"{value} {option}",
            where=f"--{option}",
            expected=f"a whole number, 1 to {_MOST}",
            mend=f"leave it out, or write --{option} 2",
        )


def _check_kinds(settings: object, output: object) -> None:
    """Raises `SpecError` of what is no mapping or no path, which only Python can give."""
    if settings is not None and not isinstance(settings, Mapping):
        raise SpecError(
            f"the settings are {settings!r}", where="settings", expected='such as {"rank": 16}'
        )
    if not isinstance(output, str | Path):
        raise SpecError(f"the output is {output!r}", where="output", expected="a folder")


def _with_weights(backbones: list[BackboneSpec], file: Path) -> BackboneSpec:
    if len(backbones) != 1:
        raise SpecError(
            f"one weights file was given for {len(backbones)} backbones",
            where=f"--weights {file}",
            expected="one backbone",
            mend="add --backbone NAME",
        )
    try:
        digest = sha256(file)
    except OSError as error:
        raise WeightsError(
            f"the weights file cannot be read: {error.strerror}",
            where=str(file),
            expected="a safetensors file, or one that torch.save wrote",
            mend="correct --weights FILE",
        ) from error
    weights = Weights(source="file", location=str(file.absolute()), sha256=digest)
    return backbones[0].model_copy(update={"weights": weights})


def _default_workers(device: str) -> int:
    cores = min(os.cpu_count() or 1, _MOST_CPU_WORKERS)
    # Importing torch takes seconds; where there is no driver, there is nothing to count.
    drivers = ("/dev/nvidiactl", "/dev/kfd")
    if device == "cpu" or (sys.platform == "linux" and not any(map(os.path.exists, drivers))):
        return cores
    import torch

    return torch.cuda.device_count() or cores
