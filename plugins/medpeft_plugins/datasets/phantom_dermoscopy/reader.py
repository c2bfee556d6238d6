"""The lesions of the synthetic dermoscopy set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_dermoscopy.patient import Case, draw_case
from medpeft_plugins.datasets.phantom_dermoscopy.view import draw_view
from medpeft_plugins.datasets.phantoms.phantom import Description, Phantom


class PhantomDermoscopy(Phantom[Case]):
    """Lesions with one or two images each, as frequent as in HAM10000.

    Of the two rarest kinds, df and vasc, there are more than their share, so that the training
    split has 16 images of each.
    """

    seed = 20_251_101
    patients: ClassVar[Mapping[str, int]] = {
        "akiec": 52,
        "bcc": 82,
        "bkl": 176,
        "df": 36,
        "nv": 1072,
        "mel": 178,
        "vasc": 36,
    }
    most_views = 2

    def patient(self, kind: str, rng: np.random.Generator) -> Case:
        """Draws a lesion and who bears it."""
        return draw_case(kind, rng)

    def image(self, patient: Case, view: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        """Draws one image, shape ``(96, 96, 3)``, ``uint8``."""
        del view
        return draw_view(patient, rng)

    def describe(self, kind: str, patient: Case, view: int) -> Description:
        """Tells the class, and who bears the lesion and where."""
        del view
        return Description(
            label=kind,
            attributes={
                "sex": patient.sex,
                "age": str(patient.age),
                "localization": patient.site,
                "source": patient.source,
            },
        )
