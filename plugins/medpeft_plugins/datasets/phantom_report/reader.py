"""The patients of the synthetic chest radiographs with reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_chest.film import take_film
from medpeft_plugins.datasets.phantom_report.patient import Patient, Study, draw_patient
from medpeft_plugins.datasets.phantom_report.report import write_report
from medpeft_plugins.datasets.phantoms.phantom import Description, Phantom

_FILMS = 2
"""Films of a study, but for a patient's last."""


class PhantomReport(Phantom[Patient]):
    """Patients with one study or two, of one or two films; all films of a study share a report."""

    seed = 20_251_105
    patients: ClassVar[Mapping[str, int]] = {"patient": 800}
    most_views = 4

    def patient(self, kind: str, rng: np.random.Generator) -> Patient:
        """Draws a patient with all studies."""
        del kind
        return draw_patient(rng)

    def image(self, patient: Patient, view: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        """Takes one film, shape ``(96, 96)``, ``uint8``."""
        study = _study(patient, view)
        return take_film(patient.body, study.findings, study.view, rng)

    def describe(self, kind: str, patient: Patient, view: int) -> Description:
        """Tells the study and the view, and what the report says."""
        del kind
        study = _study(patient, view)
        return Description(
            attributes={"study": str(1 + view // _FILMS), "view": study.view},
            text=write_report(study.findings, np.random.default_rng(study.wording)),
        )


def _study(patient: Patient, view: int) -> Study:
    return patient.studies[view // _FILMS]
