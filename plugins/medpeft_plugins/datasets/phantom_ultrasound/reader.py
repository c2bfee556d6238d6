"""The patients, views and splits of the synthetic ultrasound set."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from medpeft_plugins.datasets.phantom_ultrasound.patient import draw_patient
from medpeft_plugins.datasets.phantom_ultrasound.scan import scan
from medpeft_plugins.datasets.phantom_ultrasound.scene import draw_view, echo_and_attenuation
from medpeft_sdk.data import Dataset, SampleTable

PATIENTS = (506, 242, 152)
"""Patients of each class, benign, malignant and normal: as frequent as the images in BUSI."""

SHARES = {"train": 0.35, "val": 0.15, "test": 0.5}
"""Of the patients of each class. Few-shot cells need few training images, and many test images
to tell one method from another."""

_SEED = 20_240_607


class PhantomUltrasound(Dataset):
    """Patients with one to four views each."""

    def index(self) -> SampleTable:
        """Lists the views of all patients."""
        rng = np.random.default_rng(_SEED)
        labels = rng.permutation(np.repeat(np.arange(len(PATIENTS)), PATIENTS))
        views = rng.integers(1, 5, size=len(labels))
        splits = _splits(labels)
        samples = [
            (patient, view, label)
            for patient, (label, count) in enumerate(zip(labels, views, strict=True))
            for view in range(count)
        ]
        return SampleTable(
            ids=tuple(
                f"{self.spec.version}/{self.spec.classes[label]}/{patient:04}/{view}"
                for patient, view, label in samples
            ),
            labels=np.array([label for _, _, label in samples], dtype=np.int64),
            classes=self.spec.classes,
            groups=tuple(f"{patient:04}" for patient, _, _ in samples),
            splits=tuple(splits[patient] for patient, _, _ in samples),
        )

    def read(self, sample_id: str) -> npt.NDArray[np.uint8]:
        """Generates one image, shape ``(96, 96, 3)``, ``uint8``."""
        _, name, patient, view = sample_id.split("/")
        tissue, lesion = draw_patient(np.random.default_rng([_SEED, int(patient)]), name)
        rng = np.random.default_rng([_SEED, int(patient), 1 + int(view)])
        geometry = draw_view(rng)
        echo, attenuation = echo_and_attenuation(tissue, lesion, geometry, rng)
        grey = scan(echo, attenuation, geometry, rng)
        return np.repeat(grey[:, :, None], 3, axis=2)


def _splits(labels: npt.NDArray[np.int64]) -> list[str]:
    """Gives each patient a split; patients are in random order, so the first are as good as any."""
    ends = np.cumsum(list(SHARES.values()))
    splits = [""] * len(labels)
    for label, patients in enumerate(PATIENTS):
        for at, patient in enumerate(np.flatnonzero(labels == label)):
            splits[patient] = list(SHARES)[int(np.searchsorted(ends, (at + 0.5) / patients))]
    return splits
