"""The row that a cell becomes, whatever came of it; needs no tensor library."""

from __future__ import annotations

import datetime
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from medpeft_sdk.execution.job import RunSettings
from medpeft_sdk.planning import IDENTITY_VERSION, Bundle, PlannedCell, PlannedSearch
from medpeft_sdk.results import ResultStore, SearchStore
from medpeft_sdk.specs import Environment, Origin, ResultSpec, TrialSpec
from medpeft_sdk.specs.result import Status

_KILLED = -9
"""What a process that the system killed exits with."""

_NAMED = ("medpeft-sdk", "torch", "torchvision", "timm", "peft", "numpy", "pillow")


def describe_environment(*, device: str, precision: str, threads: int) -> Environment:
    """Describes this process; ``device`` is ``none`` for a cell that never ran."""
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        device=device,
        precision=precision,
        threads=threads,
        deterministic=device in ("cpu", "none"),
        versions={name: _version(name) for name in _NAMED},
    )


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def now() -> str:
    """Returns the UTC time of writing, ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def make_result(
    planned: PlannedCell,
    settings: RunSettings,
    *,
    synthetic: bool,
    origins: list[Origin],
    environment: Environment,
    **fields: Any,
) -> ResultSpec:
    """Assembles a result from what its run found and what it ran under."""
    return ResultSpec(
        identity_version=IDENTITY_VERSION,
        cell_id=planned.id,
        cell=planned.cell,
        protocol=settings.protocol,
        synthetic=synthetic,
        search=planned.search.id if planned.search else None,
        provenance=tuple(origins),
        environment=environment,
        created=now(),
        **fields,
    )


def write_unrun(
    bundle: Bundle, planned: PlannedCell, settings: RunSettings, status: Status, reason: str
) -> ResultSpec:
    """Writes the row of a cell that has no answer because it never ran to its end."""
    result = make_result(
        planned,
        settings,
        synthetic=bundle.dataset.synthetic,
        origins=[],
        environment=describe_environment(device="none", precision="none", threads=settings.threads),
        status=status,
        reason=reason,
    )
    return ResultStore(Path(settings.output), IDENTITY_VERSION).write(result)


def report_crash(
    bundle: Bundle, planned: PlannedCell, settings: RunSettings, *, exit_code: int | None
) -> ResultSpec | None:
    """Writes the row of a cell whose process died, such as one that the system killed.

    Of a search, the trial in progress has failed, and there is no row.
    """
    died = f"signal {-exit_code}" if exit_code and exit_code < 0 else f"exit code {exit_code}"
    hint = "; the system may have run out of memory" if exit_code == _KILLED else ""
    reason = f"the worker process died ({died}){hint}"
    if not isinstance(planned, PlannedSearch):
        return write_unrun(bundle, planned, settings, "failed", reason)
    store = SearchStore(Path(settings.output))
    store.write_trial(
        TrialSpec(
            search=planned.id,
            number=len(store.trials(planned.id)),
            values={},
            status="failed",
            reason=reason,
            steps=0,
            seconds=0,
            synthetic=bundle.dataset.synthetic,
            environment=describe_environment(
                device="none", precision="none", threads=settings.threads
            ),
            created=now(),
        )
    )
    return None
