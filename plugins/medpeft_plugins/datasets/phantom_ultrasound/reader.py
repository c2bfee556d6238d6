"""The patients of the synthetic ultrasound set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_ultrasound.patient import Lesion, Tissue, draw_patient
from medpeft_plugins.datasets.phantom_ultrasound.scan import scan
from medpeft_plugins.datasets.phantom_ultrasound.scene import draw_view, echo_and_attenuation
from medpeft_plugins.datasets.phantoms.phantom import Phantom


class PhantomUltrasound(Phantom[tuple[Tissue, Lesion | None]]):
    """Patients with one to four views each; the classes are as frequent as the images in BUSI."""

    seed = 20_240_607
    patients: ClassVar[Mapping[str, int]] = {"benign": 506, "malignant": 242, "normal": 152}
    most_views = 4

    def patient(self, kind: str, rng: np.random.Generator) -> tuple[Tissue, Lesion | None]:
        """Draws a breast and, in two classes, a lesion."""
        return draw_patient(rng, kind)

    def image(
        self, patient: tuple[Tissue, Lesion | None], view: int, rng: np.random.Generator
    ) -> npt.NDArray[np.uint8]:
        """Scans one plane, shape ``(96, 96)``, ``uint8``."""
        del view
        geometry = draw_view(rng)
        echo, attenuation = echo_and_attenuation(*patient, geometry, rng)
        return scan(echo, attenuation, geometry, rng)
