"""A warm worker: it keeps the workbench of the bundle it is at, and runs cells one by one."""

from __future__ import annotations

import gc
import time

import torch

from medpeft_sdk.execution.cell import run_cell
from medpeft_sdk.execution.job import Event, OnEvent, RunSettings
from medpeft_sdk.execution.workbench import Workbench
from medpeft_sdk.planning import Bundle, PlannedCell
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
        """Runs one cell of a bundle, setting up the bundle first where it is another one."""
        self._tell(Event("started", self._number, planned))
        if self._workbench is None or self._workbench.bundle is not bundle:
            self._workbench = None
            self._workbench = Workbench(bundle, self._settings, self._registry)
        self._registry.cell_started(planned.cell)
        told = 0.0

        def on_step(step: int, steps: int) -> None:
            nonlocal told
            if time.monotonic() - told > _SECONDS_BETWEEN_STEPS_TOLD:
                told = time.monotonic()
                self._tell(Event("step", self._number, planned, step, steps))

        result = run_cell(
            planned,
            self._workbench,
            self._settings,
            self._registry,
            device=self._device,
            on_step=on_step,
        )
        # A network and what was added to it refer to each other, and would stay for a while.
        gc.collect()
        self._registry.cell_finished(result)
        self._tell(Event("finished", self._number, planned, result=result))

    def _tell(self, event: Event) -> None:
        self._on_event(event)


def settle(settings: RunSettings, number: int = 0) -> torch.device:
    """Makes this process compute as the settings say, the same each time, and picks its device."""
    torch.set_num_threads(settings.threads)
    device = choose_device(settings.device)
    if device == torch.device("cuda"):
        device = torch.device("cuda", number % torch.cuda.device_count())
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True
    return device
