"""The patients of the synthetic clinical photographs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_clinical.patient import Case, draw_case
from medpeft_plugins.datasets.phantom_clinical.photograph import take_photograph
from medpeft_plugins.datasets.phantoms.phantom import Description, Phantom


class PhantomClinical(Phantom[Case]):
    """Patients with one photograph each.

    Classes and skin types are as frequent as in Fitzpatrick17k.
    """

    seed = 20_251_102
    patients: ClassVar[Mapping[str, int]] = {
        "benign": 300,
        "malignant": 304,
        "non-neoplastic": 1596,
    }
    most_views = 1

    def patient(self, kind: str, rng: np.random.Generator) -> Case:
        """Draws a patient with a condition."""
        return draw_case(kind, rng)

    def image(self, patient: Case, view: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        """Takes the photograph, shape ``(96, 96, 3)``, ``uint8``."""
        del view
        return take_photograph(patient, rng)

    def describe(self, kind: str, patient: Case, view: int) -> Description:
        """Tells the class, the skin type and the condition."""
        del view
        return Description(
            label=kind,
            attributes={"skin_type": str(patient.skin_type), "condition": patient.condition},
        )
