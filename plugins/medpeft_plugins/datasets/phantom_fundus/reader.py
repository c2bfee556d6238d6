"""The patients of the synthetic fundus photographs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_fundus.patient import Patient, draw_patient
from medpeft_plugins.datasets.phantom_fundus.photograph import take_photograph
from medpeft_plugins.datasets.phantoms.phantom import Description, Phantom


class PhantomFundus(Phantom[Patient]):
    """Patients with one eye or both; some with glaucoma have it in one eye only."""

    seed = 20_251_103
    patients: ClassVar[Mapping[str, int]] = {"non-glaucoma": 812, "glaucoma": 588}
    most_views = 2

    def patient(self, kind: str, rng: np.random.Generator) -> Patient:
        """Draws a patient with glaucoma in one eye at least, or in none."""
        return draw_patient(kind, rng)

    def image(self, patient: Patient, view: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        """Photographs one eye, shape ``(96, 96, 3)``, ``uint8``."""
        return take_photograph(patient, patient.eyes[view], rng)

    def describe(self, kind: str, patient: Patient, view: int) -> Description:
        """Tells whether the eye has glaucoma, and whose it is."""
        del kind
        eye = patient.eyes[view]
        return Description(
            label="glaucoma" if eye.glaucoma else "non-glaucoma",
            attributes={
                "source": patient.source,
                "sex": patient.sex,
                "age": str(patient.age),
                "eye": "OD" if eye.right else "OS",
            },
        )
