"""One cell after the other, in this process."""

from __future__ import annotations

from collections.abc import Sequence

from medpeft_sdk.execution import Executor, OnEvent, RunSettings
from medpeft_sdk.execution.worker import Worker
from medpeft_sdk.planning import Bundle
from medpeft_sdk.training import check_device


class Serial(Executor):
    """Runs everything in the calling process."""

    def check_device(self, name: str) -> None:
        """Looks for it on this machine."""
        check_device(name)

    def run(
        self, bundles: Sequence[Bundle], settings: RunSettings, *, workers: int, on_event: OnEvent
    ) -> None:
        """Runs the cells in order; ``workers`` is not used."""
        worker = Worker(settings, on_event)
        try:
            for bundle in bundles:
                for cell in bundle.cells:
                    worker.run(bundle, cell)
        finally:
            worker.close()
