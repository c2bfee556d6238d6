"""Who comes for a film, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medpeft_plugins.datasets.phantom_chest.body import Body, draw_body
from medpeft_plugins.datasets.phantom_chest.findings import FINDINGS, Findings, draw_findings

_LYING = {"pneumonia": 0.72, "no pneumonia": 0.40}
"""Share of films taken lying: the more so, the worse patients are."""

_OTHERS = {"pneumonia": (0.55, 0.35, 0.1), "no pneumonia": (0.43, 0.29, 0.28)}
"""Shares of films with none, one and two findings other than pneumonia."""


@dataclass(frozen=True)
class Patient:
    """A patient with one film."""

    body: Body
    findings: Findings
    view: str


def draw_patient(kind: str, rng: np.random.Generator) -> Patient:
    """Draws a patient of a class.

    Without pneumonia, a chest is healthy or shows something else, which can look like pneumonia;
    with it, something else may be there too.
    """
    body = draw_body(rng, age=47)
    view = "AP" if rng.uniform() < _LYING[kind] else "PA"
    others = int(rng.choice(len(_OTHERS[kind]), p=_OTHERS[kind]))
    names = rng.choice(np.setdiff1d(FINDINGS, "opacities"), size=others, replace=False).tolist()
    if kind == "pneumonia":
        names.append("opacities")
    return Patient(body, draw_findings(names, rng), view)
