"""A warm worker: it keeps the workbench of the bundle it is at, and runs cells one by one."""

from __future__ import annotations

import time

import torch

from medpeft_sdk.execution.allocator import keep_freed_memory
from medpeft_sdk.execution.candidate import OnStep
from medpeft_sdk.execution.cell import run_cell
from medpeft_sdk.execution.garbage import free_networks, look_at_everything
from medpeft_sdk.execution.job import Event, OnEvent, RunSettings
from medpeft_sdk.execution.search import run_search
from medpeft_sdk.execution.workbench import Workbench
from medpeft_sdk.planning import Bundle, PlannedCell, PlannedSearch
from medpeft_sdk.registry import load_registry
from medpeft_sdk.training import choose_device

_SECONDS_BETWEEN_STEPS_TOLD = 0.2


class Worker:
    """Runs cells in this process.

    Args:
        settings: Of the run.
        on_event: Is told what happens.
        number: Of this worker, from 0; on a machine with several GPUs it picks one.
    """

    def __init__(self, settings: RunSettings, on_event: OnEvent, number: int = 0) -> None:
        self._settings, self._on_event, self._number = settings, on_event, number
        self._registry = load_registry()
        self._device = settle(settings, number)
        self._workbench: Workbench | None = None

    def run(self, bundle: Bundle, planned: PlannedCell) -> None:
        """Runs a cell or a search of a bundle, setting up the bundle where it is another one."""
        self._tell(Event("started", self._number, planned))
        if self._workbench is None or self._workbench.bundle is not bundle:
            self.close()
            self._workbench = Workbench(bundle, self._settings, self._registry)
        if isinstance(planned, PlannedSearch):
            self._search(planned, self._workbench)
        else:
            self._cell(planned, self._workbench)

    def close(self) -> None:
        """Lets go of the bundle it is at."""
        self._workbench = None
        look_at_everything()

    def _search(self, planned: PlannedSearch, workbench: Workbench) -> None:
        run_search(
            planned,
            workbench,
            self._settings,
            self._registry,
            device=self._device,
            on_step=self._step_teller(planned),
            on_trial=lambda t: self._tell(Event("trial", self._number, planned, trial=t)),
        )
        self._tell(Event("finished", self._number, planned))

    def _cell(self, planned: PlannedCell, workbench: Workbench) -> None:
        self._registry.cell_started(planned.cell)
        result = run_cell(
            planned,
            workbench,
            self._settings,
            self._registry,
            device=self._device,
            on_step=self._step_teller(planned),
        )
        free_networks()
        self._registry.cell_finished(result)
        self._tell(Event("finished", self._number, planned, result=result))

    def _step_teller(self, planned: PlannedCell) -> OnStep:
        """Tells of steps, not too often."""
        told = 0.0

        def on_step(step: int, steps: int) -> None:
            nonlocal told
            if time.monotonic() - told > _SECONDS_BETWEEN_STEPS_TOLD:
                told = time.monotonic()
                self._tell(Event("step", self._number, planned, step, steps))

        return on_step

    def _tell(self, event: Event) -> None:
        self._on_event(event)


def settle(settings: RunSettings, number: int = 0) -> torch.device:
    """Makes this process compute as the settings say, the same each time, and picks its device."""
    torch.set_num_threads(settings.threads)
    keep_freed_memory()
    device = choose_device(settings.device)
    if device == torch.device("cuda"):
        device = torch.device("cuda", number % torch.cuda.device_count())
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True
    return device
