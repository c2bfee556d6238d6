"""The patients of the synthetic chest radiographs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_chest.film import take_film
from medpeft_plugins.datasets.phantom_chest.patient import Patient, draw_patient
from medpeft_plugins.datasets.phantoms.phantom import Description, Phantom


class PhantomChest(Phantom[Patient]):
    """Patients with one film each; pneumonia is as frequent as in the RSNA challenge."""

    seed = 20_251_104
    patients: ClassVar[Mapping[str, int]] = {"no pneumonia": 1550, "pneumonia": 450}
    most_views = 1

    def patient(self, kind: str, rng: np.random.Generator) -> Patient:
        """Draws a patient of a class."""
        return draw_patient(kind, rng)

    def image(self, patient: Patient, view: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        """Takes the film, shape ``(96, 96)``, ``uint8``."""
        del view
        return take_film(patient.body, patient.findings, patient.view, rng)

    def describe(self, kind: str, patient: Patient, view: int) -> Description:
        """Tells the class, and sex, age and view."""
        del view
        body = patient.body
        return Description(
            label=kind, attributes={"sex": body.sex, "age": str(body.age), "view": patient.view}
        )
