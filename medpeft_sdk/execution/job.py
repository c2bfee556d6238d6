"""What an executor is handed and what it tells: plain data that travels between processes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from medpeft_sdk.planning import Bundle, PlannedCell
from medpeft_sdk.specs import ExecutorSpec, ProtocolRef, ResultSpec, Spec, TrialSpec


class RunSettings(Spec):
    """What a run is told besides its cells; nothing here can change an answer.

    Attributes:
        output: The results folder.
        cache: The folder of decoded images.
        roots: The folder of each dataset that has files.
        threads: Threads of one worker on the CPU.
        metrics: What is computed from the predictions.
    """

    output: str
    cache: str
    roots: dict[str, str]
    device: str
    threads: int = Field(ge=1)
    protocol: ProtocolRef
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """Something that happened in a worker.

    Attributes:
        worker: Number of the worker, from 0.
        cell: What it is at, a cell or a search.
        step: Optimiser steps done, of ``steps``; both are 0 unless ``kind`` is ``step``.
        result: What was written where a cell is ``finished``.
        trial: What was written where a search has come to the end of a ``trial``.
    """

    kind: Literal["started", "step", "trial", "finished"]
    worker: int
    cell: PlannedCell
    step: int = 0
    steps: int = 0
    result: ResultSpec | None = None
    trial: TrialSpec | None = None


OnEvent = Callable[[Event], None]

OnDecode = Callable[[str, int, int], None]
"""Is told the dataset, the images decoded so far and their number."""


class Executor(ABC):
    """Runs bundles somewhere; knows nothing of methods.

    Attributes:
        spec: What was registered.
    """

    def __init__(self, spec: ExecutorSpec) -> None:
        self.spec = spec

    def check_device(self, name: str) -> None:
        """Raises `SpecError` where it can tell that its workers lack a device.

        It is asked before any image is decoded; by default it cannot tell.

        Args:
            name: What the user wants, such as ``cuda:1``.
        """
        del name

    @abstractmethod
    def run(
        self, bundles: Sequence[Bundle], settings: RunSettings, *, workers: int, on_event: OnEvent
    ) -> None:
        """Runs every cell of every bundle and returns when all results are written.

        Searches come in bundles of their own, as if they were cells, before the cells.

        Raises:
            MedpeftError: A cell met something its user must mend, such as an unreadable image.
        """
