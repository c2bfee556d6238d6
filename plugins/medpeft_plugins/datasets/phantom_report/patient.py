"""Patients who come again: what stays between two studies, and what is new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from medpeft_plugins.datasets.phantom_chest.body import Body, draw_body
from medpeft_plugins.datasets.phantom_chest.findings import Findings, draw_findings

STUDIES = 2
"""Studies of a patient, of up to two films each."""

_ILL = 0.65
"""Share of studies that may show something new."""

_PASSING = {"opacities": 0.3, "effusions": 0.25, "bands": 0.15, "congestion": 0.15}
"""How often they show each finding."""

_LASTING = {"heart": 0.3, "emphysema": 0.1, "nodules": 0.08}
"""How often a patient has each finding that stays."""


@dataclass(frozen=True)
class Study:
    """One visit.

    Attributes:
        findings: What its films show.
        view: How its films are taken.
        wording: Seed of how its report puts it.
    """

    findings: Findings
    view: str
    wording: int


@dataclass(frozen=True)
class Patient:
    """A patient and all studies, the first one first."""

    body: Body
    studies: tuple[Study, ...]


def draw_patient(rng: np.random.Generator) -> Patient:
    """Draws a patient; a large heart, emphysema and nodules stay, all else may pass."""
    body = draw_body(rng, age=58)
    lasting = draw_findings(_some(_LASTING, rng), rng)
    studies: list[Study] = []
    for _ in range(STUDIES):
        names = _some(_PASSING, rng) if rng.uniform() < _ILL else []
        findings = replace(
            draw_findings(names, rng),
            **{name: getattr(lasting, name) for name in _LASTING},
        )
        view = "AP" if rng.uniform() < (0.7 if names else 0.3) else "PA"
        studies.append(Study(findings, view, int(rng.integers(2**32))))
    return Patient(body, tuple(studies))


def _some(frequencies: Mapping[str, float], rng: np.random.Generator) -> list[str]:
    return [name for name, often in frequencies.items() if rng.uniform() < often]
